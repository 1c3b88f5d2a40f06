/**
 * Whether an inverter says that it sleeps. Pure.
 *
 * @module
 */

import type { DecodedModel } from "../sunspec/decode.ts";

/** Operating state SLEEPING (SunSpec models 101-103 and 111-113, point St). */
const SLEEPING = 2;

const INVERTERS: ReadonlySet<number> = new Set([101, 102, 103, 111, 112, 113]);

/** True if every inverter of a poll that gives a state sleeps, and there is one. */
export function isAsleep(models: readonly DecodedModel[]): boolean {
  const states = models
    .filter(({ id }) => INVERTERS.has(id))
    .map(({ points }) => points["St"])
    .filter((state) => typeof state === "number");
  return states.length > 0 && states.every((state) => state === SLEEPING);
}
