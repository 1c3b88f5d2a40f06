/**
 * A device that is played: an image that follows simulated time, and what may
 * be put over it.
 *
 * @module
 */

import type { DeviceImage, RegisterRange } from "../device_image.ts";
import type { Mood } from "./states.ts";

/** What a device is, for people. */
export type DeviceKind =
  | ("inverter" | "meter" | "battery" | "hybrid" | "weather" | "combiner" | "der")
  | "dump";

/** A device that follows simulated time. */
export interface PlayedDevice {
  /** `inverter-1`, `meter-1`, ...: unique among those that are played together. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly unitId: number;
  /** Devices of the same gateway share one address; undefined = an address of its own. */
  readonly gateway: string | undefined;
  /** As of the last `update`, which may have put another in its place. */
  readonly image: DeviceImage;
  /** Writes what holds at a simulated moment (ms since a simulated midnight) into the image. */
  update(simMs: number): void;
  /** Whether its network interface is up at that moment; without it always. */
  isUp?(simMs: number): boolean;
}

/** The same device, living on, but for what is changed. */
export function alike(
  device: PlayedDevice,
  changes: Partial<Omit<PlayedDevice, "image">>,
): PlayedDevice {
  return {
    ...device,
    ...changes,
    get image() {
      return device.image;
    },
  };
}

/** The device under a mood; the device itself is not changed. */
export function withMood(device: PlayedDevice, mood: Mood): PlayedDevice {
  let shown = copyOf(device.image);
  return {
    ...device,
    get image() {
      return shown;
    },
    update(simMs) {
      device.update(simMs);
      if (shown.registers.length === device.image.registers.length) {
        shown.registers.set(device.image.registers);
      } else shown = copyOf(device.image);
      mood(shown, simMs);
    },
  };
}

/** Registers that a device once gave; null = it answered exception 2 there. */
export interface RecordedRegisters {
  /** Zero-based address of `registers[0]`, which holds the marker. */
  readonly base: number;
  readonly registers: readonly (number | null)[];
  /** The function code that it was read with. */
  readonly functionCode?: 3 | 4;
}

/** An image of recorded registers. */
export function createRecordedImage(recorded: RecordedRegisters): DeviceImage {
  const { base, registers, functionCode } = recorded;
  const unreadable: RegisterRange[] = [];
  registers.forEach((register, at) => {
    if (register !== null) return;
    const last = unreadable.at(-1);
    if (last !== undefined && last.address + last.count === base + at) {
      unreadable[unreadable.length - 1] = { ...last, count: last.count + 1 };
    } else unreadable.push({ address: base + at, count: 1 });
  });
  return {
    base,
    registers: Uint16Array.from(registers, (register) => register ?? 0),
    unreadable,
    ...(functionCode === undefined ? {} : { functionCode }),
  };
}

function copyOf(image: DeviceImage): DeviceImage {
  return { ...image, registers: image.registers.slice() };
}
