/**
 * Waiting in tests that run on the real clock.
 *
 * @module
 */

/** Waits real time. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
