/**
 * Runs a device's schedule on a clock: waits for slots and counts the missed ones.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { sleepCoarsely } from "../../base/waiting/coarse_sleep.ts";
import type { Device } from "../device.ts";
import {
  advanceSchedule,
  catchUp,
  changeGrid,
  type ClockReading,
  completeSlot,
  gridOf,
  skipTime,
  startSlot,
} from "./grid.ts";
import type { WakeState } from "./sleep_detector.ts";

/** Maximum duration of one sleep, in ms: a step of the wall clock is detected within it. */
export const SLEEP_MAX_MS = 5_000;

/** Reads both clocks. */
export function readClocks(clock: Clock): ClockReading {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

/** Waits for the device's next slot and starts it; a device that polls immediately starts the current one. */
export async function awaitSlot(
  device: Device,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (device.pollsImmediately) {
    device.pollsImmediately = false;
    const { missed } = device.schedule;
    device.schedule = catchUp(device.schedule, readClocks(clock));
    device.countMissed(device.schedule.missed - missed);
  }
  for (;;) {
    const now = readClocks(clock);
    const { schedule, waitMs } = advanceSchedule(device.schedule, now);
    device.countMissed(schedule.missed - device.schedule.missed);
    device.schedule = schedule;
    if (waitMs === 0) {
      device.schedule = startSlot(schedule, now);
      signal.throwIfAborted();
      return;
    }
    await sleepCoarsely(clock, Math.min(waitMs, SLEEP_MAX_MS), signal);
  }
}

/** Completes the device's slot. Returns the time until the next one, in ms. */
export function endSlot(device: Device, clock: Clock, gaveRecord: boolean): number {
  const before = gaveRecord ? 0 : device.schedule.missed;
  const { schedule, waitMs } = completeSlot(
    device.schedule,
    readClocks(clock),
    gaveRecord,
  );
  const missed = schedule.missed - before;
  const overrun = gaveRecord ? missed : missed - 1;
  device.countMissed(missed);
  if (overrun > 0) device.countOverrun(overrun);
  device.schedule = schedule;
  return waitMs;
}

/** Counts the slots that have passed without a poll. */
export function skipElapsed(device: Device, clock: Clock): void {
  const { schedule } = skipTime(device.schedule, readClocks(clock));
  device.countMissed(schedule.missed - device.schedule.missed);
  device.schedule = schedule;
}

/** Switches to the interval of a device that is awake or asleep; missed slots stay counted. */
export function setPollInterval(device: Device, clock: Clock, rest: WakeState): void {
  const { intervalMs, asleepIntervalMs } = device.entry;
  const wantedMs = rest === "asleep" ? asleepIntervalMs : intervalMs;
  if (device.schedule.grid.intervalMs === wantedMs) return;
  const key = device.entry.deviceId ?? device.entry.key;
  const seen = readClocks(clock);
  device.schedule = changeGrid(
    { ...device.schedule, clocks: seen },
    gridOf(key, wantedMs),
  );
}

/** Waits without polling; slots that pass are missed. */
export async function waitIdle(
  device: Device,
  durationMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + durationMs;
  for (;;) {
    skipElapsed(device, clock);
    const restMs = endMs - clock.monotonicMs();
    if (restMs <= 0) return;
    await sleepCoarsely(clock, Math.min(restMs, SLEEP_MAX_MS), signal);
  }
}
