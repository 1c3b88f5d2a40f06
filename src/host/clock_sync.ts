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

/** Whether the clock is synchronised; null = this machine does not say. Never rejects. */
export async function readClockSynced(
  folder = TIMESYNC_FOLDER,
): Promise<boolean | null> {
  if (await exists(`${folder}/synchronized`)) return true;
  return await exists(folder) ? false : null;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
