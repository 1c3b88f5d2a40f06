/**
 * The door that measures how late the event loop runs.
 *
 * @module
 */

import { createLagWindow, type LoopLag } from "./lag_window.ts";

export type { LoopLag };

/** How to measure. */
export interface LoopLagOptions {
  /** Between two samples, in ms. Default 250. */
  readonly everyMs?: number;
  /** A report each, in ms. Default 60 000. */
  readonly windowMs?: number;
  /** Told of each sample: how late it was, in ms. */
  readonly onSample?: (lateMs: number) => void;
  /** Told at the end of each window. */
  readonly onWindow: (lag: LoopLag) => void;
}

/** Begins to measure: how much later than it should does a timer fire? Keeps no process alive. */
export function watchLoopLag(options: LoopLagOptions): { close(): void } {
  const { everyMs = 250, windowMs = 60_000, onWindow } = options;
  const window = createLagWindow();
  let windowEndMs = performance.now() + windowMs;
  let dueMs = 0;
  let timer = 0;

  function arm(): void {
    dueMs = performance.now() + everyMs;
    timer = setTimeout(sample, everyMs);
    Deno.unrefTimer(timer);
  }
  function sample(): void {
    const nowMs = performance.now();
    window.add(nowMs - dueMs);
    options.onSample?.(Math.max(0, nowMs - dueMs));
    arm();
    if (nowMs < windowEndMs) return;
    windowEndMs = nowMs + windowMs;
    onWindow(window.take());
  }

  arm();
  return { close: () => clearTimeout(timer) };
}
