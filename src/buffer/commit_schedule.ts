/**
 * When to commit, and when to commit with FULL. Pure: times in, decisions out.
 *
 * A commit with synchronous=NORMAL is safe from a crash of the process but a
 * power cut may take it (https://sqlite.org/pragma.html#pragma_synchronous).
 * The first such commit opens a window; a commit with FULL, which syncs all
 * that was written before it too, closes it in time.
 *
 * @module
 */

/** The two settings that bound what a power cut can take. */
export interface Pace {
  readonly flushIntervalMs: number;
  /** 0 = every commit is made with FULL. */
  readonly powerLossWindowMs: number;
}

/** Monotonic times, in ms; null = there is none. */
export interface Standing {
  /** Since when something waits to be committed. */
  readonly waitingSinceMs: number | null;
  /** When the first commit was made that a power cut may still take. */
  readonly openSinceMs: number | null;
}

/** When the next commit must start; Infinity if there is no need of one. */
export function nextCommitMs(pace: Pace, standing: Standing): number {
  const { waitingSinceMs, openSinceMs } = standing;
  return Math.min(
    waitingSinceMs === null ? Infinity : waitingSinceMs + pace.flushIntervalMs,
    openSinceMs === null ? Infinity : openSinceMs + pace.powerLossWindowMs,
  );
}

/** A timer may fire this much early. */
const TIMER_SLACK_MS = 1;

/** Whether a commit that starts at `nowMs` closes the window: it is made with FULL. */
export function mustSync(pace: Pace, standing: Standing, nowMs: number): boolean {
  if (pace.powerLossWindowMs <= 0) return true;
  const { openSinceMs } = standing;
  if (openSinceMs === null) return false;
  return nowMs + TIMER_SLACK_MS >= openSinceMs + pace.powerLossWindowMs;
}
