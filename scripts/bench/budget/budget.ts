/**
 * What a poll may allocate. A count does not depend on the speed of the machine or on
 * other programs, so CI can hold it.
 *
 * @module
 */

/** Bytes that one poll may allocate from its registers to its rows, all in all. */
export const POLL_BYTES_BUDGET = 27_200;

/**
 * A run may exceed the budget by this share before it fails: another version of V8 counts
 * a little differently. Lower the budget when a change saves more than this.
 */
export const TOLERANCE = 0.03;

/**
 * V8 flags of the count: no garbage collection while it counts, and one thread, so that
 * code is compiled after the same number of calls in each run.
 */
export const COUNT_V8_FLAGS = [
  "--expose-gc",
  "--min-semi-space-size=128",
  "--max-semi-space-size=128",
  "--single-threaded",
].join();

/** What the program `count_allocation.ts` prints. */
export interface AllocationCount {
  /** Bytes per poll, on the heap of V8 and outside; each of the last measurements. */
  readonly bytesPerPoll: readonly number[];
}
