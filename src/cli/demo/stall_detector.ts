/**
 * Detects that nothing can be delivered. Pure.
 *
 * @module
 */

import type { PumpStatus } from "../../uplink/pump/pump_status.ts";

/** The part of the pump's status that shows whether rows are delivered. */
export type DeliveryProgress = Pick<
  PumpStatus,
  "rowsDelivered" | "lastError" | "alarms"
>;

/**
 * Creates a function to be called repeatedly. It returns true once the uplink has
 * reported an error or an alarm for `limitMs` without delivering a row. The state
 * of the pump is not used: it changes with every attempt, successful or not.
 */
export function createStallDetector(
  limitMs: number,
): (progress: DeliveryProgress, nowMs: number) => boolean {
  let stalledSinceMs: number | null = null;
  let deliveredBefore = 0;
  return ({ rowsDelivered, lastError, alarms }, nowMs) => {
    const failing = lastError !== null || alarms.length > 0;
    if (!failing) stalledSinceMs = null;
    else if (stalledSinceMs === null || rowsDelivered !== deliveredBefore) {
      stalledSinceMs = nowMs;
    }
    deliveredBefore = rowsDelivered;
    return stalledSinceMs !== null && nowMs - stalledSinceMs >= limitMs;
  };
}
