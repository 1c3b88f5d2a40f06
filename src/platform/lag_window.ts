/**
 * The lag of an event loop within a window of time. Pure.
 *
 * @module
 */

/** The lag within a window, in ms. */
export interface LoopLag {
  /** Half of the samples were no later than this. */
  readonly p50Ms: number;
  /** The latest sample. */
  readonly maxMs: number;
  readonly samples: number;
}

/** Samples of one window. */
export interface LagWindow {
  /** Notes how late a timer was, in ms; early counts as 0. */
  add(lateMs: number): void;
  /** What was noted since the last time, rounded to 0.1 ms; then begins anew. */
  take(): LoopLag;
}

/** A window holds no more samples; of further ones only the latest counts. */
const SAMPLES_MAX = 10_000;

/** Makes a window. */
export function createLagWindow(): LagWindow {
  let lates: number[] = [];
  let maxMs = 0;
  let samples = 0;
  return {
    add(lateMs): void {
      const late = Math.max(0, lateMs);
      samples++;
      maxMs = Math.max(maxMs, late);
      if (lates.length < SAMPLES_MAX) lates.push(late);
    },
    take(): LoopLag {
      lates.sort((a, b) => a - b);
      const p50Ms = lates[Math.floor((lates.length - 1) / 2)] ?? 0;
      const lag = { p50Ms: round(p50Ms), maxMs: round(maxMs), samples };
      lates = [];
      maxMs = 0;
      samples = 0;
      return lag;
    },
  };
}

function round(durationMs: number): number {
  return Math.round(durationMs * 10) / 10;
}
