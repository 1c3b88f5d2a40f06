/**
 * Measures the lag of the event loop.
 *
 * @module
 */

import { untilTickMs } from "../base/ticks.ts";
import { createLagWindow, type LoopLag } from "./lag_window.ts";

/** Options of {@linkcode watchLoopLag}. */
export interface LoopLagOptions {
  /** Sampling interval in ms. Default 1 000. */
  readonly intervalMs?: number;
  /** Length of a window in ms. Default 60 000. */
  readonly windowMs?: number;
  /** Called for each sample with its lag in ms. */
  readonly onSample?: (lateMs: number) => void;
  /** Called at the end of each window. */
  readonly onWindow: (lag: LoopLag) => void;
}

/** Starts measuring how late a timer fires. Does not keep the process alive. */
export function watchLoopLag(options: LoopLagOptions): { close(): void } {
  const { intervalMs = 1_000, windowMs = 60_000, onWindow } = options;
  const window = createLagWindow();
  let windowEndMs = performance.now() + windowMs;
  let dueMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function arm(): void {
    const nowMs = performance.now();
    const waitMs = Math.ceil(untilTickMs(nowMs, intervalMs));
    dueMs = nowMs + waitMs;
    timer = setTimeout(sample, waitMs);
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
