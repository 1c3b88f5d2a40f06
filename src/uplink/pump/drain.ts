/**
 * The end of a pump: what is committed is still sent, within a limit.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";

/** How a drain ended. */
export interface DrainResult {
  /** True if every row that was committed was taken or set aside. */
  readonly complete: boolean;
}

/** Why a run ends at its drain's limit. */
export const DRAIN_OVER = new Error("the drain's time is over");

/** A drain under way. */
export interface Drain {
  readonly result: Promise<DrainResult>;
  /** The run has ended. */
  end(result: DrainResult): void;
}

/** Begins to count: after `limitMs` the run that `stop` ends is over in any case. */
export function createDrain(
  limitMs: number,
  clock: Clock,
  stop: AbortController,
): Drain {
  const { promise, resolve } = Promise.withResolvers<DrainResult>();
  const ended = new AbortController();
  clock.sleep(limitMs, ended.signal).then(() => stop.abort(DRAIN_OVER), () => {});
  return {
    result: promise,
    end(result) {
      ended.abort();
      resolve(result);
    },
  };
}
