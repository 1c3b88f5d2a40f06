/**
 * The lag of an event loop within a time window. Pure.
 *
 * @module
 */

/** The lag within a window, in ms. */
export interface LoopLag {
  /** Median of the samples. */
  readonly p50Ms: number;
  /** Maximum of the samples. */
  readonly maxMs: number;
  /** Number of samples. */
  readonly samples: number;
}

/** The samples of a window. */
export interface LagWindow {
  /** Adds the lag of a timer, in ms; a negative lag counts as 0. */
  add(lateMs: number): void;
  /**
   * Returns the lag since the last call, rounded to 0.1 ms, and starts a new window.
   */
  take(): LoopLag;
}

/**
 * Maximum number of samples for the median; further ones only count for the maximum.
 */
const SAMPLES_MAX = 10_000;

/** Creates an empty window. */
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
