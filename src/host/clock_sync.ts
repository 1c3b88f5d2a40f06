/**
 * The door to the question whether the machine's clock is right.
 *
 * @module
 */

/** Whether the clock is synchronised; null = this machine does not say. */
export function readClockSynced(): Promise<boolean | null> {
  throw new Error("not yet");
}
