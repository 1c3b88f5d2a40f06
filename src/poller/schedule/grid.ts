/**
 * When a device is polled: slots are UTC multiples of the device's interval plus an
 * offset that differs from device to device. Pure.
 *
 * A schedule counts the slots without a record. Steps of the wall clock are detected:
 * the monotonic clock measures the time that has passed, the wall clock only locates
 * the slots.
 *
 * @module
 */

/** The share of the interval over which the offsets of the devices are spread. */
export const SPREAD_SHARE = 0.2;

/**
 * The wall clock was stepped if it differs from the monotonic clock by more than this,
 * in ms, plus {@linkcode SLEW_SHARE} of the time between the two readings.
 */
export const STEP_MIN_MS = 500;

/** Wall clocks are slewed by at most 8.3 % (chrony's maxslewrate); a smaller difference is not a step. */
export const SLEW_SHARE = 0.1;

/** After a step, two slots start at least this share of the interval apart. */
export const START_DISTANCE_SHARE = 0.5;

/**
 * The offsets of devices are multiples of this, in ms. Devices with the same offset are
 * polled after one wake-up of the process.
 */
export const OFFSET_STEP_MS = 10;

/** The slots of a device: slot n starts at n * intervalMs + offsetMs, in UTC. */
export interface SlotGrid {
  readonly intervalMs: number;
  /** 0 .. SPREAD_SHARE * intervalMs, a multiple of OFFSET_STEP_MS. */
  readonly offsetMs: number;
}

/** A reading of both clocks, in ms. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** The position of a device in its grid. */
export interface Schedule {
  readonly grid: SlotGrid;
  /** The next slot, or the current one. */
  readonly slot: number;
  /** Slots without a record since the last record. */
  readonly missed: number;
  /** The last clock reading. */
  readonly clocks: ClockReading;
  /** Monotonic time of the last slot start; null = none yet. */
  readonly startedMs: number | null;
}

/** A schedule after a clock reading. */
export interface ScheduleStep {
  readonly schedule: Schedule;
  /** Time until the next slot starts, in ms; 0 = now. */
  readonly waitMs: number;
  /** Step of the wall clock since the last reading, in ms; 0 = none. */
  readonly steppedMs: number;
}

/** The grid of a device. It depends on the key and the interval only. */
export function gridOf(key: string, intervalMs: number): SlotGrid {
  const share = hash(key) / 2 ** 32;
  const steps = Math.floor(share * SPREAD_SHARE * intervalMs / OFFSET_STEP_MS);
  return { intervalMs, offsetMs: steps * OFFSET_STEP_MS };
}

/** The start of a slot, ms since the Unix epoch. */
export function slotStartMs(grid: SlotGrid, slot: number): number {
  return slot * grid.intervalMs + grid.offsetMs;
}

/** The slot at a wall-clock time. */
export function slotAt(grid: SlotGrid, wallMs: number): number {
  return Math.floor((wallMs - grid.offsetMs) / grid.intervalMs);
}

/** The first slot that starts at or after a wall-clock time. */
export function nextSlot(grid: SlotGrid, wallMs: number): number {
  return Math.ceil((wallMs - grid.offsetMs) / grid.intervalMs);
}

/** Creates a schedule that waits for the next slot. */
export function createSchedule(grid: SlotGrid, now: ClockReading): Schedule {
  const slot = nextSlot(grid, now.wallMs);
  return { grid, slot, missed: 0, clocks: now, startedMs: null };
}

/**
 * Returns to the current slot, which then starts late: for the first poll after a
 * start. If the slot was counted as missed, it no longer is.
 */
export function catchUp(schedule: Schedule, now: ClockReading): Schedule {
  const slot = slotAt(schedule.grid, now.wallMs);
  if (slot >= schedule.slot) return schedule;
  return { ...schedule, slot, missed: Math.max(0, schedule.missed - 1), clocks: now };
}

/**
 * Advances a schedule that waits for a slot. A slot may start late, until its end; slots
 * that have passed are missed. After a step of the wall clock the schedule waits for
 * the next slot of the new time.
 */
export function advanceSchedule(schedule: Schedule, now: ClockReading): ScheduleStep {
  return move(schedule, now, slotAt);
}

/** Records that the next slot starts now. */
export function startSlot(schedule: Schedule, now: ClockReading): Schedule {
  return { ...schedule, startedMs: now.monotonicMs };
}

/**
 * Completes the current slot and waits for the next one. Slots that have passed are
 * missed. So is the current one, unless it gave a record, which resets the count.
 */
export function completeSlot(
  schedule: Schedule,
  now: ClockReading,
  gaveRecord: boolean,
): ScheduleStep {
  const missed = gaveRecord ? 0 : schedule.missed + 1;
  return skipTime({ ...schedule, slot: schedule.slot + 1, missed }, now);
}

/**
 * Advances a schedule without polling, as for a device that is offline: slots that have
 * passed are missed.
 */
export function skipTime(schedule: Schedule, now: ClockReading): ScheduleStep {
  return move(schedule, now, nextSlot);
}

/**
 * Switches to another grid at the last clock reading. The missed slots stay counted, and
 * the schedule waits for a slot in the future: see {@linkcode skipTime}.
 */
export function changeGrid(schedule: Schedule, grid: SlotGrid): Schedule {
  const { intervalMs, offsetMs } = schedule.grid;
  return intervalMs === grid.intervalMs && offsetMs === grid.offsetMs
    ? schedule
    : { ...schedule, grid, slot: nextSlot(grid, schedule.clocks.wallMs) };
}

/** Advances to the slot that `slotOf` gives for the current time without the step. */
function move(
  schedule: Schedule,
  now: ClockReading,
  slotOf: (grid: SlotGrid, wallMs: number) => number,
): ScheduleStep {
  const { grid } = schedule;
  const steppedMs = stepBetween(schedule.clocks, now);
  const slot = Math.max(schedule.slot, slotOf(grid, now.wallMs - steppedMs));
  const missed = schedule.missed + slot - schedule.slot;
  const passed: Schedule = { ...schedule, slot, missed, clocks: now };
  const next = steppedMs === 0 ? passed : realign(passed);
  const waitMs = Math.max(0, slotStartMs(grid, next.slot) - now.wallMs);
  return { schedule: next, waitMs, steppedMs };
}

/** Waits for the first slot of the new time with the minimum distance from the last start. */
function realign(schedule: Schedule): Schedule {
  const { grid, clocks, startedMs } = schedule;
  const waitMs = startedMs === null
    ? 0
    : startedMs + START_DISTANCE_SHARE * grid.intervalMs - clocks.monotonicMs;
  return { ...schedule, slot: nextSlot(grid, clocks.wallMs + Math.max(0, waitMs)) };
}

/** Step of the wall clock between two readings, in ms; 0 = none. */
export function stepBetween(before: ClockReading, now: ClockReading): number {
  const elapsedMs = now.monotonicMs - before.monotonicMs;
  const steppedMs = now.wallMs - before.wallMs - elapsedMs;
  return Math.abs(steppedMs) > STEP_MIN_MS + SLEW_SHARE * elapsedMs ? steppedMs : 0;
}

/** FNV-1a over UTF-16 units with a finaliser that separates similar keys. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
