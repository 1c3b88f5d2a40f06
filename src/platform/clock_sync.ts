/**
 * The door to the question whether the machine's clock is right.
 *
 * The kernel knows, but tells only by a system call (adjtimex(2)) that Deno has
 * no way to. systemd-timesyncd leaves a file that it touches after each
 * successful synchronisation (systemd-timesyncd.service(8), "Files"), and that
 * is what is read here. Of other daemons nothing is known: null.
 *
 * @module
 */

/** Where systemd-timesyncd keeps what it has to say. */
const TIMESYNC_FOLDER = "/run/systemd/timesync";

/**
 * After so long without a synchronisation the kernel itself calls its clock
 * unsynchronised: its error grows by 500 ppm up to 16 s (NTP_PHASE_LIMIT).
 */
const SYNC_AGE_MAX_MS = 32_000_000;

/** Whether the clock is synchronised; null = this machine does not say. Never rejects. */
export async function readClockSynced(
  folder = TIMESYNC_FOLDER,
): Promise<boolean | null> {
  const synced = await touchedMs(`${folder}/synchronized`);
  if (synced !== undefined) return Date.now() - synced < SYNC_AGE_MAX_MS;
  return await touchedMs(folder) === undefined ? null : false;
}

/** When a file was last touched, ms since the Unix epoch; undefined if it is not there. */
async function touchedMs(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime();
  } catch {
    return undefined;
  }
}
