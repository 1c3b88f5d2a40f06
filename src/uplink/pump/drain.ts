/**
 * The drain of a pump: sends the committed rows within a time limit, then stops.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { hasWork, type TopicQueue } from "./topic_queue.ts";

/** A drain waits at most this long for the first probe of a topic, in ms. */
const PROBE_GRACE_MS = 10_000;

/** How a drain ended. */
export interface DrainResult {
  /** True if every committed row was delivered or dead-lettered. */
  readonly complete: boolean;
}

/** The abort reason at the time limit of a drain. */
export const DRAIN_OVER = new Error("the time limit of the drain has expired");

/** A drain in progress. */
export interface Drain {
  /** `monotonicMs` of its start. */
  readonly beganMs: number;
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
  const beganMs = clock.monotonicMs();
  clock.sleep(limitMs, ended.signal).then(() => stop.abort(DRAIN_OVER), () => {});
  return {
    beganMs,
    result: promise,
    end(result) {
      ended.abort();
      resolve(result);
    },
  };
}

/**
 * True if a drain waits for the rows of this queue. It does not wait for rows that are
 * tried again later: the next start of the program sends them.
 */
export function isAwaited(
  queue: TopicQueue,
  { beganMs }: Drain,
  nowMs: number,
): boolean {
  if (!hasWork(queue) || queue.notBeforeMs !== -Infinity) return false;
  return !queue.needsProbe || nowMs < beganMs + PROBE_GRACE_MS;
}

/** When a drain stops to wait for probes; Infinity if it does not wait for one. */
export function probeGraceEndMs(drain: Drain | null, nowMs: number): number {
  const endMs = (drain?.beganMs ?? Infinity) + PROBE_GRACE_MS;
  return endMs > nowMs ? endMs : Infinity;
}
