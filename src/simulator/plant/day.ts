/**
 * Events in the life of an inverter over several days: sleep at night, invalid registers
 * after waking up, firmware update, replacement. Pure.
 *
 * @module
 */

import type { DeviceImage } from "../device_image.ts";
import { writeText } from "../literal.ts";
import { applySleep, applyWakeUp, createSwappedCounters } from "../devices/states.ts";
import {
  type SimulatedDevice,
  withChanges,
  withState,
} from "../devices/simulated_device.ts";
import type { Sun } from "./sun.ts";
import { walkModels } from "../walk.ts";

/** End of a model chain. */
const END = [0xffff, 0];

/** Behaviour of an inverter at night. */
export interface NightBehaviour {
  /** True if its network interface is down at night. */
  readonly offline: boolean;
  /** How long its registers are invalid after sunrise (`applyWakeUp`), in simulated ms. */
  readonly glitchMs: number;
}

/** The inverter, asleep from sunset to sunrise. */
export function withNightSleep(
  device: SimulatedDevice,
  sun: Sun,
  { offline, glitchMs }: NightBehaviour,
): SimulatedDevice {
  const isDark = (simMs: number): boolean => sun.fraction(simMs) === 0;
  const asleep = withState(device, (image, simMs) => {
    if (isDark(simMs)) applySleep(image);
    else if (isDark(Math.max(0, simMs - glitchMs))) applyWakeUp(image);
  });
  return offline ? withChanges(asleep, { isUp: (simMs) => !isDark(simMs) }) : asleep;
}

/** The inverter, which shows only its first model while the sun is down. */
export function withModelsHiddenAtNight(
  device: SimulatedDevice,
  sun: Sun,
  lagMs: number,
): SimulatedDevice {
  return withState(device, ({ registers }, simMs) => {
    const [common] = walkModels(registers);
    if (common === undefined || sun.fraction(Math.max(0, simMs - lagMs)) > 0) return;
    registers.set(END, common.at + 2 + common.length);
  });
}

/** A firmware update. */
export interface FirmwareUpdate {
  /** When the new firmware runs, in simulated ms. */
  readonly atMs: number;
  /** How long the device is offline before that, in simulated ms. */
  readonly restartMs: number;
  /** Replaces the first four characters of the version (model 1, Vr). */
  readonly version: string;
  /** Registers of an additional model, with id and length, inserted after model 1. */
  readonly model: readonly number[];
}

/** Offset of Vr in SunSpec model 1, in registers from the model id. */
const VERSION_AT = 42;

/** The device with a firmware update: all models after the first one move. */
export function withFirmwareUpdate(
  device: SimulatedDevice,
  firmware: FirmwareUpdate,
): SimulatedDevice {
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

/** Replacement by another device of the same model. */
export interface DeviceReplacement {
  /** When the new device is online, in simulated ms. */
  readonly atMs: number;
  /** How long no device is online before that, in simulated ms. */
  readonly absentMs: number;
  /** Replaces the last four characters of the serial number. */
  readonly serialTail: string;
  /** Address of the last four characters of the serial number. */
  readonly serialTailAt: number;
  /** First raw value of its energy counters. */
  readonly counted: number;
}

/** The device, replaced by another one with its own serial number and counters. */
export function withReplacement(
  device: SimulatedDevice,
  replacement: DeviceReplacement,
): SimulatedDevice {
  const { atMs, absentMs, serialTail, serialTailAt, counted } = replacement;
  const applyCounters = createSwappedCounters(counted);
  const replaced = withState(device, (image, simMs) => {
    if (simMs < atMs) return;
    applyCounters(image, simMs);
    writeText(image.registers, serialTailAt - image.base, serialTail);
  });
  return withChanges(replaced, {
    isUp: (simMs) =>
      !(simMs >= atMs - absentMs && simMs < atMs) && (device.isUp?.(simMs) ?? true),
  });
}

/** The image with an additional model after the first one. */
function withModel(image: DeviceImage, model: readonly number[]): DeviceImage {
  const [common] = walkModels(image.registers);
  const at = common === undefined
    ? image.registers.length
    : common.at + 2 + common.length;
  const head = image.registers.subarray(0, at);
  const tail = image.registers.subarray(at);
  return { ...image, registers: Uint16Array.from([...head, ...model, ...tail]) };
}

/** The image with a text in its first model, `offset` registers from the model id. */
function withText(image: DeviceImage, offset: number, text: string): DeviceImage {
  const registers = image.registers.slice();
  const [common] = walkModels(registers);
  if (common !== undefined) writeText(registers, common.at + offset, text);
  return { ...image, registers };
}
