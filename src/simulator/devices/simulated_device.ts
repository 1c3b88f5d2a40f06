/**
 * A simulated device: an image that follows simulated time. Its state can be changed
 * from outside. Pure.
 *
 * @module
 */

import type { DeviceImage, RegisterRange } from "../device_image.ts";
import type { SimulatedState } from "./states.ts";

/** Kind of a device, for people. */
export type DeviceKind =
  | ("inverter" | "meter" | "battery" | "hybrid" | "weather" | "combiner" | "der")
  | "dump";

/** A device that follows simulated time. */
export interface SimulatedDevice {
  /** Such as `inverter-1` or `meter-1`; unique within a plant. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly unitId: number;
  /** Devices with the same gateway share one address; undefined = own address. */
  readonly gateway: string | undefined;
  /** The image as of the last `update`, which may replace it. */
  readonly image: DeviceImage;
  /** Writes the values of a simulated time (ms since a simulated midnight) into the image. */
  update(simMs: number): void;
  /** Whether its network interface is up at a simulated time; default: always. */
  isUp?(simMs: number): boolean;
}

/** The same device with some properties changed; it keeps following simulated time. */
export function withChanges(
  device: SimulatedDevice,
  changes: Partial<Omit<SimulatedDevice, "image">>,
): SimulatedDevice {
  return {
    ...device,
    ...changes,
    get image() {
      return device.image;
    },
  };
}

/** The device in a state; the device itself is not changed. */
export function withState(
  device: SimulatedDevice,
  state: SimulatedState,
): SimulatedDevice {
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
      state(shown, simMs);
    },
  };
}

/** Registers read from a real device; null = the device answered exception 2. */
export interface RecordedRegisters {
  /** Zero-based address of `registers[0]`, where the marker is. */
  readonly base: number;
  readonly registers: readonly (number | null)[];
  /** The function code used to read them. */
  readonly functionCode?: 3 | 4;
}

/** Creates an image from recorded registers. */
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
