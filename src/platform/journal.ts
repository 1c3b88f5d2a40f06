/**
 * Detects output to the journal of systemd.
 *
 * @module
 */

/**
 * Whether a file of `/proc/self/fd` is the journal stream that systemd names in
 * JOURNAL_STREAM (systemd.exec(5)). The variable alone is not enough: a child process
 * may inherit it and write elsewhere.
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
