/**
 * Whether the agent deserves to be petted: only if each of its parts moved
 * within its own limit. A disk that is slow is no hang until a minute has
 * passed, and a broker that is away is no fault at all: the pump moves while
 * it waits.
 *
 * @module
 */

/** A part that must move. */
export interface Part {
  /** For the log and the status. */
  readonly name: string;
  /** `monotonicMs` of its last move. */
  readonly lastMoveMs: number;
  /** Longer without a move is a hang. */
  readonly limitMs: number;
}

/** The limits of the parts, in ms. */
export const STALL_LIMITS_MS = {
  scheduler: 15_000,
  buffer: 60_000,
  pump: 60_000,
} as const;

/** The first part that hangs, or undefined. */
export function stalledPart(parts: readonly Part[], nowMs: number): Part | undefined {
  return parts.find((part) => nowMs - part.lastMoveMs > part.limitMs);
}
