/**
 * When a device is polled: slots are UTC multiples of its interval, and each
 * device starts a little later in them than its neighbour. Pure.
 *
 * A schedule counts the slots that gave no record. It reckons with a wall clock
 * that is set: the monotonic clock says how much time has passed, the wall
 * clock only where the slots lie.
 *
 * @module
 */

/** The share of the interval that the devices' starts are spread over. */
export const SPREAD_SHARE = 0.2;

/**
 * The wall clock was set if it went otherwise than the monotonic clock by more
 * than this, plus {@linkcode SLEW_SHARE} of the time between the two looks.
 */
export const STEP_MIN_MS = 500;

/** Wall clocks are slewed by 8.3 % at most (chrony's maxslewrate); less is no step. */
export const SLEW_SHARE = 0.1;

/** After a step, at least this share of the interval stays between two starts. */
export const REST_SHARE = 0.5;

/** A device's slots: slot n starts at n * intervalMs + offsetMs, in UTC. */
export interface Grid {
  readonly intervalMs: number;
  /** 0 .. SPREAD_SHARE * intervalMs. */
  readonly offsetMs: number;
}

/** Both clocks at one moment. */
export interface Now {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** A device's place in its grid. */
export interface Schedule {
  readonly grid: Grid;
  /** The slot that is awaited, or under way. */
  readonly slot: number;
  /** Slots that gave no record since the last that did. */
  readonly missed: number;
  /** Both clocks when last looked at. */
  readonly seen: Now;
  /** `monotonicMs` of the last start; null = none yet. */
  readonly startedMs: number | null;
}

/** What a look at the clocks says. */
export interface Look {
  readonly schedule: Schedule;
  /** Until the awaited slot starts, in ms; 0 = now. */
  readonly waitMs: number;
  /** By how much the wall clock was set since the last look; 0 = it was not. */
  readonly steppedMs: number;
}

/** The grid of a device; the same key has the same grid on every machine. */
export function gridOf(key: string, intervalMs: number): Grid {
  const share = hash(key) / 2 ** 32;
  return { intervalMs, offsetMs: Math.floor(share * SPREAD_SHARE * intervalMs) };
}

/** The start of a slot, ms since the Unix epoch. */
export function slotStartMs(grid: Grid, slot: number): number {
  return slot * grid.intervalMs + grid.offsetMs;
}

/** The slot that a moment lies in. */
export function slotAt(grid: Grid, wallMs: number): number {
  return Math.floor((wallMs - grid.offsetMs) / grid.intervalMs);
}

/** The first slot that starts at a moment or after it. */
export function nextSlot(grid: Grid, wallMs: number): number {
  return Math.ceil((wallMs - grid.offsetMs) / grid.intervalMs);
}

/** Begins: awaits the first slot that is still to come. */
export function begin(grid: Grid, now: Now): Schedule {
  const slot = nextSlot(grid, now.wallMs);
  return { grid, slot, missed: 0, seen: now, startedMs: null };
}

/**
 * Goes back to the slot under way, to be polled late rather than not at all: for
 * the first poll after a start. If it was counted as missed, it is no more.
 */
export function catchUp(schedule: Schedule, now: Now): Schedule {
  const slot = slotAt(schedule.grid, now.wallMs);
  if (slot >= schedule.slot) return schedule;
  return { ...schedule, slot, missed: Math.max(0, schedule.missed - 1), seen: now };
}

/**
 * Looks at the clocks while a slot is awaited. A slot may start late within
 * itself; those that went by meanwhile are missed. After a step of the wall
 * clock the next slot is awaited where the new time has it.
 */
export function look(schedule: Schedule, now: Now): Look {
  return move(schedule, now, slotAt);
}

/** Notes that the awaited slot starts now. */
export function start(schedule: Schedule, now: Now): Schedule {
  return { ...schedule, startedMs: now.monotonicMs };
}

/**
 * Ends a slot: awaits the next that is still to come. Slots that came due
 * meanwhile are missed, and so is this one unless it gave a record, which ends
 * the count before it.
 */
export function end(schedule: Schedule, now: Now, gaveRecord: boolean): Look {
  const missed = gaveRecord ? 0 : schedule.missed + 1;
  return pass({ ...schedule, slot: schedule.slot + 1, missed }, now);
}

/**
 * Lets time pass without polling (a device that is away): slots that came due
 * are missed, and the next one to come is awaited.
 */
export function pass(schedule: Schedule, now: Now): Look {
  return move(schedule, now, nextSlot);
}

/**
 * Goes on in another grid, from the last look on: slots that were missed stay
 * missed. The schedule awaits a slot that is still to come: see {@linkcode pass}.
 */
export function regrid(schedule: Schedule, grid: Grid): Schedule {
  const { intervalMs, offsetMs } = schedule.grid;
  return intervalMs === grid.intervalMs && offsetMs === grid.offsetMs
    ? schedule
    : { ...schedule, grid, slot: nextSlot(grid, schedule.seen.wallMs) };
}

/** Moves on to the slot that `slotOf` says of the time now, as if the clock had not stepped. */
function move(
  schedule: Schedule,
  now: Now,
  slotOf: (grid: Grid, wallMs: number) => number,
): Look {
  const { grid } = schedule;
  const steppedMs = stepBetween(schedule.seen, now);
  const slot = Math.max(schedule.slot, slotOf(grid, now.wallMs - steppedMs));
  const missed = schedule.missed + slot - schedule.slot;
  const passed: Schedule = { ...schedule, slot, missed, seen: now };
  const next = steppedMs === 0 ? passed : anchor(passed);
  const waitMs = Math.max(0, slotStartMs(grid, next.slot) - now.wallMs);
  return { schedule: next, waitMs, steppedMs };
}

/** Awaits the first slot of the new time that keeps its distance from the last start. */
function anchor(schedule: Schedule): Schedule {
  const { grid, seen, startedMs } = schedule;
  const restMs = startedMs === null
    ? 0
    : startedMs + REST_SHARE * grid.intervalMs - seen.monotonicMs;
  return { ...schedule, slot: nextSlot(grid, seen.wallMs + Math.max(0, restMs)) };
}

/** By how much the wall clock was set between two looks, in ms; 0 = it was not. */
export function stepBetween(before: Now, now: Now): number {
  const elapsedMs = now.monotonicMs - before.monotonicMs;
  const steppedMs = now.wallMs - before.wallMs - elapsedMs;
  return Math.abs(steppedMs) > STEP_MIN_MS + SLEW_SHARE * elapsedMs ? steppedMs : 0;
}

/** FNV-1a over UTF-16 units, finished so that keys that differ little land far apart. */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    value = Math.imul(value ^ key.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
