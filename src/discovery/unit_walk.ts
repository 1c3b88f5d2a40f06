/**
 * The order in which the units of an address are probed, and when to stop. Pure.
 *
 * @module
 */

import { COMMON_UNIT_IDS } from "../base/network/common_unit_ids.ts";

/**
 * All unit ids, the common ones first; 0 and 255, by which a TCP device may identify
 * itself, come last (Modbus Messaging on TCP/IP 1.0b, section 4.4.2.2).
 */
export function allUnitIds(): number[] {
  const numbered = Array.from({ length: 247 }, (_, at) => at + 1);
  return [...new Set([...COMMON_UNIT_IDS, ...numbered, 255, 0])];
}

/** The outcome of probing one unit. */
export type UnitAnswer =
  /** A SunSpec device. */
  | "found"
  /** The unit answered but is not a SunSpec device, or a gateway reports it as absent. */
  | "absent"
  /** No response. */
  | "silent"
  /** The peer closed the connection instead of answering. */
  | "dropped"
  /** The response is not Modbus. */
  | "foreign"
  /** The connection could not be reopened. */
  | "lost";

/** Non-Modbus responses after which the walk stops, unless a unit has answered in Modbus. */
const FOREIGN_MAX = 2;
/**
 * Dropped connections after which the walk stops, unless a unit has answered. One is
 * not enough: a device may drop the connection for a unit id that it does not have.
 */
const DROPPED_MAX = 2;

/**
 * The unit to probe next; undefined = stop. Where absent units do not answer, each
 * costs a full request timeout. The walk therefore stops once it has found a unit
 * and one did not answer, unless it is `thorough`.
 *
 * @param order the units to probe.
 * @param answers the responses of the units probed so far, in this order.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { nextUnit } from "./unit_walk.ts";
 *
 * strictEqual(nextUnit([1, 2, 3], ["found", "absent"], false), 3);
 * strictEqual(nextUnit([1, 2, 3], ["found", "silent"], false), undefined);
 * ```
 */
export function nextUnit(
  order: readonly number[],
  answers: readonly UnitAnswer[],
  thorough: boolean,
): number | undefined {
  const count = (of: UnitAnswer): number =>
    answers.filter((answer) => answer === of).length;
  if (count("lost") > 0) return undefined;
  const found = count("found") > 0;
  const speaksModbus = found || count("absent") > 0;
  if (!speaksModbus && count("foreign") >= FOREIGN_MAX) return undefined;
  if (!speaksModbus && count("dropped") >= DROPPED_MAX) return undefined;
  const unanswered = count("silent") + count("dropped");
  if (found && unanswered > 0 && !thorough) return undefined;
  return order[answers.length];
}
