/**
 * Which unit of an address to ask next, and when to leave it. Pure.
 *
 * @module
 */

/**
 * The unit ids in the order that finds real plants fastest: 1 is what most
 * devices answer to, 2 and 3 come next behind gateways, 126 is SMA's, 71
 * Kostal's, 100 and 200 and on are data loggers' inverters and meters, 240 and
 * on Fronius' meters, 247 is the last that Modbus gives to a device.
 */
// deno-fmt-ignore
export const USUAL_UNIT_IDS: readonly number[] = [
  1, 2, 3, 126, 71, 100,
  200, 201, 202, 203, 204,
  240, 241, 242, 243, 244,
  247,
];

/**
 * Every unit id, the usual ones first; 0 and 255, by which a TCP device may mean
 * itself, come last (Modbus Messaging on TCP/IP 1.0b, section 4.4.2.2).
 */
export function everyUnitId(): number[] {
  const numbered = Array.from({ length: 247 }, (_, at) => at + 1);
  return [...new Set([...USUAL_UNIT_IDS, ...numbered, 255, 0])];
}

/** What became of asking one unit. */
export type UnitAnswer =
  /** A SunSpec device. */
  | "found"
  /** It answered, and is none; or a gateway says that nobody is there. */
  | "absent"
  | "silent"
  /** The connection was closed instead of an answer. */
  | "hung-up"
  /** What came is not Modbus. */
  | "foreign"
  /** There is no connection any more. */
  | "lost";

/** Two answers that are no Modbus, and nothing else: something else listens there. */
export const FOREIGN_MAX = 2;
/** A device that hangs up on a unit id that it lacks may still have the next one. */
export const HUNG_UP_MAX = 2;

/**
 * The unit to ask next; undefined = leave. Where absent units stay silent each
 * costs a whole deadline, so the walk ends once it has found a unit and met
 * silence, unless it is `thorough`.
 *
 * @param order the units to ask.
 * @param answers of the first units of `order`, as many as were asked.
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
  if (!speaksModbus && count("hung-up") >= HUNG_UP_MAX) return undefined;
  const silences = count("silent") + count("hung-up");
  if (found && silences > 0 && !thorough) return undefined;
  return order[answers.length];
}
