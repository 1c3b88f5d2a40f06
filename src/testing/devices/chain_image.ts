/**
 * Register images of devices with sub-devices: an inverter, and meters behind it, each
 * with a model 1 of its own.
 *
 * @module
 */

import type { DeviceImage } from "../../simulator/device_image.ts";

/** "Not implemented" of int16. */
const NI = 0x8000;

/** One part of a chain. */
export interface ChainDevice {
  /** Empty = it has no serial number; null = its texts are empty. */
  readonly serial: string | null;
  /** Identifies the part in its records: the power of the inverter or meter, in W. */
  readonly power: number;
  readonly kind: "inverter" | "meter";
  /** Inverters that follow it without a model 1 of their own: the power of each, in W. */
  readonly more?: readonly number[];
  /** The exported energy of a meter, in Wh; default 0. */
  readonly energyWh?: number;
}

/** The registers of a chain at base 40000. */
export function chainImage(parts: readonly ChainDevice[]): DeviceImage {
  const registers = [0x5375, 0x6e53];
  for (const { serial, power, kind, more = [], energyWh = 0 } of parts) {
    const isMeter = kind === "meter";
    registers.push(
      ...common(serial === null ? null : isMeter ? "Meters" : "Acme", serial),
    );
    registers.push(...isMeter ? meter(power, energyWh) : inverter(power));
    for (const other of more) registers.push(...inverter(other));
  }
  return { base: 40_000, registers: Uint16Array.from([...registers, 0xffff, 0]) };
}

function common(maker: string | null, serial: string | null): number[] {
  const model = maker === null ? "" : "X1";
  return [
    ...[1, 66],
    ...text(maker ?? "", 16),
    ...text(model, 16),
    ...text("", 8),
    ...text(maker === null ? "" : "1.0", 8),
    ...text(serial ?? "", 16),
    ...[1, NI],
  ];
}

function text(value: string, size: number): number[] {
  const bytes = new TextEncoder().encode(value);
  return Array.from({ length: size }, (_, at) => {
    return ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0);
  });
}

/** Model 103 with a power and the state MPPT. */
function inverter(power: number): number[] {
  const registers: number[] = new Array(52).fill(NI);
  registers.splice(0, 2, 103, 50);
  registers.splice(14, 2, power, 0); // W, W_SF
  registers.splice(24, 3, 0, 1_000, 0); // WH, WH_SF
  registers[38] = 4;
  return registers;
}

/** Model 203 with a power and an exported energy. */
function meter(power: number, energyWh: number): number[] {
  const registers: number[] = new Array(107).fill(NI);
  registers.splice(0, 2, 203, 105);
  registers.splice(18, 5, power, NI, NI, NI, 0); // W, WphA to WphC, W_SF
  registers.fill(0, 38, 54).fill(0, 55, 71).fill(0, 72, 104).fill(0, 105); // counters, Evt
  registers.splice(38, 2, energyWh >>> 16, energyWh & 0xffff); // TotWhExp
  return registers;
}
