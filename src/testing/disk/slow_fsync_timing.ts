/**
 * Lateness of polls, from the observations of a plant.
 *
 * @module
 */

import type { PlantNotes } from "./slow_fsync_plant.ts";
import type { CpuWait } from "./slow_fsync_watchers.ts";

/** A span of the test, in wall time. */
export interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Lateness of the polls of a phase. */
export interface Lateness {
  readonly polls: number;
  /** Maximum lateness, in ms, without the time in which the machine did not run the agent or the plant. */
  readonly maxMs: number;
  /** Maximum as measured, including delays caused by the machine. */
  readonly rawMaxMs: number;
  readonly rawP99Ms: number;
  /** Slots without a poll. */
  readonly gaps: number;
}

/** The polls of all devices, relative to each device's grid. */
export interface PollTimes {
  in(phase: Phase): Lateness;
}

/** A poll earlier than a slot by up to this share of the interval belongs to that slot. */
const EARLY_SHARE = 0.1;
/** A request this long after the previous one begins a poll, in ms. */
const QUIET_MS = 300;

/**
 * Measures polls at the plant: a device's grid is derived from its earliest poll of
 * the phase `good`. Time in which the agent's thread (by the kernel's accounting) or
 * the plant's was ready but did not run is reported separately.
 */
export function measurePollTimes(
  { requestsMs, starvedMs }: PlantNotes,
  intervalMs: number,
  good: Phase,
  waits: readonly CpuWait[],
): PollTimes {
  const polls = requestsMs.map((times) =>
    times.filter((atMs, at) => atMs - (times[at - 1] ?? -Infinity) > QUIET_MS)
  );
  const grids = polls.map((times) => gridOf(times.filter(within(good)), intervalMs));

  /** Time without a processor between two moments. */
  function starvedBetweenMs(fromMs: number, toMs: number): number {
    const starved = starvedMs.filter(([from, to]) => to >= fromMs && from <= toMs)
      .reduce((sum, [from, to]) => sum + to - from, 0);
    const before = waits.findLast(({ atMs }) => atMs <= fromMs)?.waitedMs;
    const then = waits.find(({ atMs }) => atMs >= toMs)?.waitedMs;
    return starved + (before === undefined || then === undefined ? 0 : then - before);
  }

  return {
    in(phase) {
      const late: number[] = [];
      const own: number[] = [];
      let gaps = 0;
      polls.forEach((times, device) => {
        const gridMs = grids[device] ?? 0;
        const slots: number[] = [];
        for (const atMs of times.filter(within(phase))) {
          const slot = Math.floor((atMs - gridMs) / intervalMs + EARLY_SHARE);
          const lateMs = atMs - gridMs - slot * intervalMs;
          late.push(lateMs);
          own.push(lateMs - starvedBetweenMs(atMs - lateMs, atMs));
          slots.push(slot);
        }
        gaps += slots.filter((slot, at) => at > 0 && slot !== (slots[at - 1] ?? 0) + 1)
          .length;
      });
      late.sort((a, b) => a - b);
      return {
        polls: late.length,
        maxMs: Math.round(Math.max(0, ...own)),
        rawMaxMs: late.at(-1) ?? 0,
        rawP99Ms: late[Math.ceil(late.length * 0.99) - 1] ?? 0,
        gaps,
      };
    },
  };
}

/** The longest time without any of `timesMs` between two moments. */
export function longestGapMs(
  timesMs: readonly number[],
  fromMs: number,
  toMs: number,
): number {
  const inside = timesMs.filter((atMs) => atMs > fromMs && atMs < toMs);
  const all = [fromMs, ...inside, toMs];
  return Math.max(...all.map((atMs, at) => atMs - (all[at - 1] ?? atMs)));
}

/** Offset of a device's slots in its interval: its earliest poll. */
function gridOf(timesMs: readonly number[], intervalMs: number): number {
  const [first] = timesMs;
  if (first === undefined) {
    throw new Error("a device was not polled in the phase without faults");
  }
  return first + Math.min(...timesMs.map((atMs) => fromSlot(atMs, first, intervalMs)));
}

/** From the nearest slot, in ms: -interval/2 .. interval/2. */
function fromSlot(atMs: number, gridMs: number, intervalMs: number): number {
  const slots = Math.round((atMs - gridMs) / intervalMs);
  return atMs - gridMs - slots * intervalMs;
}

function within({ fromMs, toMs }: Phase): (atMs: number) => boolean {
  return (atMs) => atMs >= fromMs && atMs < toMs;
}
