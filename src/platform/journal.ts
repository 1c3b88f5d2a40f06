/**
 * The door to the question whether the journal of systemd reads what we write.
 *
 * @module
 */

/**
 * Whether a file of `/proc/self/fd` is the stream to the journal that systemd
 * named in JOURNAL_STREAM (systemd.exec(5)): a child may have inherited the
 * variable and write elsewhere.
 */
export function isJournal(
  env: Readonly<Record<string, string>>,
  path = "/proc/self/fd/2",
): boolean {
  try {
    const { dev, ino } = Deno.statSync(path);
    return env["JOURNAL_STREAM"] === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
