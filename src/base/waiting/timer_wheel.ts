/**
 * A timer wheel: many timers on one sleep of the clock. Starting and stopping a timer
 * takes constant time, and timers that are due within the same tick expire together,
 * which saves the wake-ups that cost an idle process most.
 *
 * A tick's timers expire when the last of them is due, so no timer is early and none is
 * more than a tick late. The wheel sleeps until the next tick that has a timer, and not at
 * all while no timer is started.
 *
 * @module
 */

import type { Clock, CoarseTimers } from "../clock.ts";

/** Duration of a tick, in ms: the maximum delay that the wheel adds to a timer. */
export const TICK_MS = 10;

/**
 * Number of ticks of the wheel: 5.12 s, longer than most waits. A timer that is due later
 * goes round more than once.
 */
export const WHEEL_TICKS = 512;

/** The monotonic clock and the sleep that the wheel is built on. */
export type WheelClock = Pick<Clock, "monotonicMs" | "sleep">;

/** Abort reason of a sleep; created once, since creating an error costs a stack trace. */
const REPLACED = new Error("the timer wheel sleeps until another time");

/** A timer in a list of the wheel; in none if it is not started. */
interface Entry {
  readonly expired: () => void;
  dueMs: number;
  list: List | undefined;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/** Timers in the order of their start. */
interface List {
  first: Entry | undefined;
  last: Entry | undefined;
}

/** The sleep until the next tick that has a timer. */
interface Sleep {
  readonly tick: number;
  readonly abort: AbortController;
}

/** Creates a wheel without timers. */
export function createTimerWheel(clock: WheelClock): CoarseTimers {
  const buckets = Array.from({ length: WHEEL_TICKS }, createList);
  /** The timers that expire now. */
  const due = createList();
  let started = 0;
  /** No timer is in a bucket of this tick or of an earlier one. */
  let passedTick = tickOf(clock.monotonicMs()) - 1;
  let sleeping: Sleep | undefined;
  let isExpiring = false;

  function bucketOf(tick: number): List {
    return buckets[tick % WHEEL_TICKS] ?? due;
  }

  function start(entry: Entry, dueMs: number): void {
    stop(entry);
    if (started === 0 && !isExpiring) passedTick = tickOf(clock.monotonicMs()) - 1;
    entry.dueMs = dueMs;
    const tick = Math.max(tickOf(dueMs), passedTick + 1);
    append(bucketOf(tick), entry);
    started++;
    const isNext = sleeping === undefined || tick < sleeping.tick;
    if (isNext && !isExpiring) sleepUntil(tick, dueMs);
  }

  function stop(entry: Entry): void {
    if (entry.list === undefined) return;
    remove(entry.list, entry);
    started--;
    if (started === 0 && !isExpiring) cancelSleep();
  }

  function cancelSleep(): void {
    sleeping?.abort.abort(REPLACED);
    sleeping = undefined;
  }

  function sleepUntil(tick: number, dueMs: number): void {
    cancelSleep();
    const abort = new AbortController();
    sleeping = { tick, abort };
    const durationMs = Math.max(0, dueMs - clock.monotonicMs());
    clock.sleep(durationMs, abort.signal).then(wake, () => {});
  }

  function wake(): void {
    sleeping = undefined;
    isExpiring = true;
    const nowMs = clock.monotonicMs();
    const nowTick = tickOf(nowMs);
    const firstTick = Math.max(passedTick + 1, nowTick - WHEEL_TICKS + 1);
    for (let tick = firstTick; tick <= nowTick; tick++) {
      moveDue(bucketOf(tick), due, nowMs);
    }
    passedTick = nowTick - 1; // timers of this tick may be due later
    try {
      for (let entry = due.first; entry !== undefined; entry = due.first) {
        stop(entry);
        entry.expired();
      }
    } finally {
      isExpiring = false;
      if (started > 0) sleepUntilNext();
    }
  }

  /** Sleeps until all timers of the next tick that has one are due. */
  function sleepUntilNext(): void {
    const endTick = passedTick + WHEEL_TICKS;
    for (let tick = passedTick + 1; tick <= endTick; tick++) {
      const { first } = bucketOf(tick);
      const dueMs = first === undefined ? -Infinity : lastDue(first, tick);
      if (dueMs > -Infinity) return sleepUntil(tick, dueMs);
    }
    sleepUntil(endTick, endTick * TICK_MS); // every timer goes round once more
  }

  return {
    get started() {
      return started;
    },
    createTimer(expired) {
      const entry: Entry = {
        ...{ expired, dueMs: 0 },
        ...{ list: undefined, previous: undefined, next: undefined },
      };
      return { startAt: (dueMs) => start(entry, dueMs), stop: () => stop(entry) };
    },
  };
}

/** The tick in which a timer expires. */
function tickOf(dueMs: number): number {
  return Math.max(0, Math.ceil(dueMs / TICK_MS));
}

/** The last time at which a timer of this tick is due; timers of later rounds are skipped. */
function lastDue(first: Entry, tick: number): number {
  let lastMs = -Infinity;
  for (let entry: Entry | undefined = first; entry !== undefined; entry = entry.next) {
    if (tickOf(entry.dueMs) <= tick && entry.dueMs > lastMs) lastMs = entry.dueMs;
  }
  return lastMs;
}

/** Moves the timers that are due from one list to the end of another. */
function moveDue(from: List, to: List, nowMs: number): void {
  let entry = from.first;
  while (entry !== undefined) {
    const { next } = entry;
    if (entry.dueMs <= nowMs) {
      remove(from, entry);
      append(to, entry);
    }
    entry = next;
  }
}

function createList(): List {
  return { first: undefined, last: undefined };
}

function append(list: List, entry: Entry): void {
  entry.list = list;
  entry.previous = list.last;
  if (list.last === undefined) list.first = entry;
  else list.last.next = entry;
  list.last = entry;
}

function remove(list: List, entry: Entry): void {
  if (entry.previous === undefined) list.first = entry.next;
  else entry.previous.next = entry.next;
  if (entry.next === undefined) list.last = entry.previous;
  else entry.next.previous = entry.previous;
  entry.list = undefined;
  entry.previous = undefined;
  entry.next = undefined;
}
