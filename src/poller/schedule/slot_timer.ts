/**
 * A device's schedule on a real clock: waits for slots and counts those missed.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Device } from "../device.ts";
import { catchUp, end, gridOf, look, type Now, pass, regrid, start } from "./grid.ts";
import type { Rest } from "./night.ts";

/** No sleep is longer: a wall clock that is set is noticed within it. */
export const NAP_MAX_MS = 5_000;

/** Both clocks now. */
export function readClocks(clock: Clock): Now {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

/** Waits until the device's next slot, and starts it; an eager device takes the one under way. */
export async function awaitSlot(
  device: Device,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (device.eager) {
    device.eager = false;
    const { missed } = device.schedule;
    device.schedule = catchUp(device.schedule, readClocks(clock));
    device.missed(device.schedule.missed - missed);
  }
  for (;;) {
    const now = readClocks(clock);
    const { schedule, waitMs } = look(device.schedule, now);
    device.missed(schedule.missed - device.schedule.missed);
    device.schedule = schedule;
    if (waitMs === 0) {
      device.schedule = start(schedule, now);
      signal.throwIfAborted();
      return;
    }
    await clock.sleep(Math.min(waitMs, NAP_MAX_MS), signal);
  }
}

/** Ends the device's slot. Returns how long until the next, in ms. */
export function endSlot(device: Device, clock: Clock, gaveRecord: boolean): number {
  const before = gaveRecord ? 0 : device.schedule.missed;
  const { schedule, waitMs } = end(device.schedule, readClocks(clock), gaveRecord);
  const missed = schedule.missed - before;
  const overrun = gaveRecord ? missed : missed - 1;
  device.missed(missed);
  if (overrun > 0) device.overran(overrun);
  device.schedule = schedule;
  return waitMs;
}

/** Notes that time went by without a poll. */
export function passTime(device: Device, clock: Clock): void {
  const { schedule } = pass(device.schedule, readClocks(clock));
  device.missed(schedule.missed - device.schedule.missed);
  device.schedule = schedule;
}

/** Takes the pace that a device keeps by day or while it sleeps; slots missed so far stay counted. */
export function setPace(device: Device, clock: Clock, rest: Rest): void {
  const { intervalMs, asleepIntervalMs } = device.entry;
  const wantedMs = rest === "asleep" ? asleepIntervalMs : intervalMs;
  if (device.schedule.grid.intervalMs === wantedMs) return;
  const key = device.entry.deviceId ?? device.entry.key;
  const seen = readClocks(clock);
  device.schedule = regrid({ ...device.schedule, seen }, gridOf(key, wantedMs));
}

/** Waits without polling; slots that come meanwhile are missed. */
export async function idle(
  device: Device,
  durationMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + durationMs;
  for (;;) {
    passTime(device, clock);
    const restMs = endMs - clock.monotonicMs();
    if (restMs <= 0) return;
    await clock.sleep(Math.min(restMs, NAP_MAX_MS), signal);
  }
}
