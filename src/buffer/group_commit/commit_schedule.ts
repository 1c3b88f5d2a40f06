/**
 * Decides when to commit, and which commits use synchronous=FULL. Pure.
 *
 * A commit with synchronous=NORMAL survives a crash of the process but not
 * necessarily a power loss (https://sqlite.org/pragma.html#pragma_synchronous).
 * The first such commit opens a power-loss window. A commit with FULL also syncs
 * everything written before it and closes the window.
 *
 * @module
 */

/** The two settings that limit what a power loss can destroy. */
export interface CommitTiming {
  readonly flushIntervalMs: number;
  /** 0 = every commit uses FULL. */
  readonly powerLossWindowMs: number;
}

/** Monotonic times, in ms. */
export interface CommitState {
  /** Time of the oldest uncommitted change; null = there is none. */
  readonly pendingSinceMs: number | null;
  /** Time of the first commit that a power loss can still undo; null = there is none. */
  readonly windowSinceMs: number | null;
}

/** When the next commit must start; Infinity if none is needed. */
export function nextCommitMs(timing: CommitTiming, state: CommitState): number {
  const { pendingSinceMs, windowSinceMs } = state;
  return Math.min(
    pendingSinceMs === null ? Infinity : pendingSinceMs + timing.flushIntervalMs,
    windowSinceMs === null ? Infinity : windowSinceMs + timing.powerLossWindowMs,
  );
}

/** A timer may fire this much early. */
const TIMER_SLACK_MS = 1;

/** True if a commit that starts at `nowMs` must use FULL to close the window in time. */
export function mustSync(
  timing: CommitTiming,
  state: CommitState,
  nowMs: number,
): boolean {
  if (timing.powerLossWindowMs <= 0) return true;
  const { windowSinceMs } = state;
  if (windowSinceMs === null) return false;
  return nowMs + TIMER_SLACK_MS >= windowSinceMs + timing.powerLossWindowMs;
}
