/**
 * Decides whether the agent is alive: whether each of its parts has made progress
 * within its limit. A slow disk is tolerated for a minute, and a broker that is
 * unreachable is not a stall, because the pump reports progress while it waits.
 *
 * @module
 */

/** A part of the agent that must make progress. */
export interface MonitoredPart {
  /** For the log and the status. */
  readonly name: string;
  /** Monotonic time of its last progress, in ms. */
  readonly lastMoveMs: number;
  /** Maximum time without progress, in ms. */
  readonly limitMs: number;
}

/** Maximum time without progress, by part, in ms. */
export const STALL_LIMITS_MS = {
  scheduler: 15_000,
  buffer: 60_000,
  pump: 60_000,
} as const;

/** The first part that has stalled; undefined = none. */
export function stalledPart(
  parts: readonly MonitoredPart[],
  nowMs: number,
): MonitoredPart | undefined {
  return parts.find((part) => nowMs - part.lastMoveMs > part.limitMs);
}
