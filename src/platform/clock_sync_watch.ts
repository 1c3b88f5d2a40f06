/**
 * Watches whether the kernel's clock is synchronised.
 *
 * @module
 */

import type { Log } from "../base/log.ts";
import { readClockSynced } from "./clock_sync.ts";

/** How often the kernel is queried, in ms. */
const CHECK_INTERVAL_MS = 60_000;

/**
 * Queries the kernel now and then regularly until `signal` aborts, and logs changes.
 *
 * @returns a function that returns the last result; null = unknown.
 */
export async function watchClockSynced(
  log: Log,
  signal: AbortSignal,
): Promise<() => boolean | null> {
  let synced = await readClockSynced();
  log.event("clock.synced", { synced });
  const timer = setInterval(async () => {
    const now = await readClockSynced();
    if (now !== synced) log.event("clock.synced", { synced: now });
    synced = now;
  }, CHECK_INTERVAL_MS);
  Deno.unrefTimer(timer);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return () => synced;
}
