/**
 * Whether the machine's clock is synchronised.
 *
 * The kernel reports it only through the system call adjtimex(2), which Deno cannot
 * call. systemd-timesyncd touches a file after each successful synchronisation
 * (systemd-timesyncd.service(8), "Files"), and this file is read here. With other
 * daemons the state is unknown (null).
 *
 * @module
 */

/** State folder of systemd-timesyncd. */
const TIMESYNC_FOLDER = "/run/systemd/timesync";

/**
 * Time without a synchronisation after which the kernel itself marks its clock as
 * unsynchronised: its error grows by 500 ppm up to 16 s (NTP_PHASE_LIMIT).
 */
const SYNC_AGE_MAX_MS = 32_000_000;

/** Whether the clock is synchronised; null = unknown. Never rejects. */
export async function readClockSynced(
  folder = TIMESYNC_FOLDER,
): Promise<boolean | null> {
  const synced = await modifiedMs(`${folder}/synchronized`);
  if (synced !== undefined) return Date.now() - synced < SYNC_AGE_MAX_MS;
  return await modifiedMs(folder) === undefined ? null : false;
}

/**
 * Modification time of a file, in ms since the Unix epoch; undefined if it is missing.
 */
async function modifiedMs(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).mtime?.getTime();
  } catch {
    return undefined;
  }
}
