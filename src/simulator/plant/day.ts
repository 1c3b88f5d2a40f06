/**
 * What happens to inverters in the course of days: they sleep by night, wake up
 * with nonsense, get another firmware, are swapped for another.
 *
 * @module
 */

import type { DeviceImage } from "../device_image.ts";
import { writeText } from "../literal.ts";
import { createSwapMood, sleepMood, wakeMood } from "../devices/states.ts";
import { alike, type PlayedDevice, withMood } from "../devices/simulated_device.ts";
import type { Sun } from "./sun.ts";
import { walkModels } from "../walk.ts";

/** The end of a chain. */
const END = [0xffff, 0];

/** How an inverter spends its nights. */
export interface Night {
  /** Its network interface goes to sleep with it. */
  readonly offline: boolean;
  /** So long after sunrise its registers are those of `wakeMood`, in simulated ms. */
  readonly glitchMs: number;
}

/** The inverter, asleep while the sun is down. */
export function sleepingByNight(
  device: PlayedDevice,
  sun: Sun,
  { offline, glitchMs }: Night,
): PlayedDevice {
  const isDark = (simMs: number): boolean => sun.fraction(simMs) === 0;
  const asleep = withMood(device, (image, simMs) => {
    if (isDark(simMs)) sleepMood(image);
    else if (isDark(Math.max(0, simMs - glitchMs))) wakeMood(image);
  });
  return offline ? alike(asleep, { isUp: (simMs) => !isDark(simMs) }) : asleep;
}

/** The inverter, which shows no model but the first until the sun reaches it, and after that. */
export function namelessByNight(
  device: PlayedDevice,
  sun: Sun,
  lagMs: number,
): PlayedDevice {
  return withMood(device, ({ registers }, simMs) => {
    const [common] = walkModels(registers);
    if (common === undefined || sun.fraction(Math.max(0, simMs - lagMs)) > 0) return;
    registers.set(END, common.at + 2 + common.length);
  });
}

/** A new firmware. */
export interface Firmware {
  /** When it starts, in simulated ms. */
  readonly atMs: number;
  /** So long before it nobody answers. */
  readonly restartMs: number;
  /** Four characters in place of the first of its version (model 1, Vr). */
  readonly version: string;
  /** Registers of a model, with id and length, that it has from then on behind model 1. */
  readonly model: readonly number[];
}

/** Where Vr stands in model 1 (SunSpec model 1), in registers from its id. */
const VERSION_AT = 42;

/** The device that gets a new firmware: all models behind the first one move. */
export function updatedOnce(device: PlayedDevice, firmware: Firmware): PlayedDevice {
  const { atMs, restartMs, version, model } = firmware;
  let image = device.image;
  return {
    ...device,
    get image() {
      return image;
    },
    update(simMs) {
      device.update(simMs);
      image = simMs < atMs
        ? device.image
        : withModel(withText(device.image, VERSION_AT, version), model);
    },
    isUp: (simMs) =>
      !(simMs >= atMs - restartMs && simMs < atMs) && (device.isUp?.(simMs) ?? true),
  };
}

/** Another device of the same make in its place. */
export interface Swap {
  /** When it comes, in simulated ms. */
  readonly atMs: number;
  /** So long before it nobody answers. */
  readonly absentMs: number;
  /** Four characters in place of the last of its serial number. */
  readonly serialTail: string;
  /** Where the serial number's last four characters stand. */
  readonly serialTailAt: number;
  /** What its energy counters say at first, as they stand in the registers. */
  readonly counted: number;
}

/** The device that is swapped for another one with its own serial number and counters. */
export function swappedOnce(device: PlayedDevice, swap: Swap): PlayedDevice {
  const { atMs, absentMs, serialTail, serialTailAt, counted } = swap;
  const other = createSwapMood(counted);
  const swapped = withMood(device, (image, simMs) => {
    if (simMs < atMs) return;
    other(image, simMs);
    writeText(image.registers, serialTailAt - image.base, serialTail);
  });
  return alike(swapped, {
    isUp: (simMs) =>
      !(simMs >= atMs - absentMs && simMs < atMs) && (device.isUp?.(simMs) ?? true),
  });
}

/** The image with a model more, behind the first one. */
function withModel(image: DeviceImage, model: readonly number[]): DeviceImage {
  const [common] = walkModels(image.registers);
  const at = common === undefined
    ? image.registers.length
    : common.at + 2 + common.length;
  const head = image.registers.subarray(0, at);
  const tail = image.registers.subarray(at);
  return { ...image, registers: Uint16Array.from([...head, ...model, ...tail]) };
}

/** The image with a text in its first model, `offset` registers from its id. */
function withText(image: DeviceImage, offset: number, text: string): DeviceImage {
  const registers = image.registers.slice();
  const [common] = walkModels(registers);
  if (common !== undefined) writeText(registers, common.at + offset, text);
  return { ...image, registers };
}
