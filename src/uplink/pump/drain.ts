/**
 * The drain of a pump: sends the committed rows within a time limit, then stops.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";

/** How a drain ended. */
export interface DrainResult {
  /** True if every committed row was delivered or dead-lettered. */
  readonly complete: boolean;
}

/** The abort reason at the time limit of a drain. */
export const DRAIN_OVER = new Error("the time limit of the drain has expired");

/** A drain in progress. */
export interface Drain {
  readonly result: Promise<DrainResult>;
  /** The run has ended. */
  end(result: DrainResult): void;
}

/** Starts a drain; after `limitMs` it aborts `stop`, which ends the run. */
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
