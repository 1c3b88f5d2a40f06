/**
 * The door that measures how late the event loop runs.
 *
 * @module
 */

/** The lag within a window, in ms. */
export interface LoopLag {
  readonly p50Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}

/** How to measure. */
export interface LoopLagOptions {
  /** Between two samples, in ms. Default 250. */
  readonly everyMs?: number;
  /** A report each, in ms. Default 60 000. */
  readonly windowMs?: number;
  readonly onWindow: (lag: LoopLag) => void;
}

/** Begins to measure; keeps no process alive. */
export function watchLoopLag(_options: LoopLagOptions): { close(): void } {
  throw new Error("not yet");
}
