/**
 * How long a demo waits for a far side that takes nothing. Pure.
 *
 * @module
 */

import type { PumpStatus } from "../../uplink/pump/pump_status.ts";

/** What of the pump's status tells whether rows flow. */
export type Flow = Pick<PumpStatus, "rowsDelivered" | "lastError" | "alarms">;

/**
 * Makes a judge that is asked now and then, and says true once the far side
 * has been in trouble for `limitMs` without taking one row. The pump's state
 * says less: between two tries it changes, whether they succeed or not.
 */
export function createPatience(
  limitMs: number,
): (flow: Flow, nowMs: number) => boolean {
  let sinceMs: number | null = null;
  let deliveredThen = 0;
  return ({ rowsDelivered, lastError, alarms }, nowMs) => {
    const troubled = lastError !== null || alarms.length > 0;
    if (!troubled) sinceMs = null;
    else if (sinceMs === null || rowsDelivered !== deliveredThen) sinceMs = nowMs;
    deliveredThen = rowsDelivered;
    return sinceMs !== null && nowMs - sinceMs >= limitMs;
  };
}
