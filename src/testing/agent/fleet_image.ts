// deno-lint-ignore-file camelcase
/**
 * A device whose registers tell which poll they were served in, so that a
 * value that belongs to another poll, or to two of them, is seen.
 *
 * @module
 */

import type { DeviceImage, ImageRequest } from "../../simulator/device_image.ts";
import { INVERTER } from "../devices/devices.ts";

/** Points that count polls; addresses in the literal inverter (model 103 at 40070, 160 at 40122). */
const CELLS = {
  /** Model 103 W, with W_SF 1. */
  acPower: 40_084,
  /** Model 103 WH, 32 bits, with WH_SF 0. */
  acEnergy: 40_094,
  /** Model 160, module 1 DCW, with DCW_SF 0. */
  stringPower: 40_143,
} as const;

/** The register that every poll reads once, before those of the strings: model 103 W. */
export const POLLED_REGISTER = CELLS.acPower;

/** Model 1 SN: its first two registers. */
const SERIAL = 40_052;

/** What 16 bits count to. */
const SHORT_MAX = 3_000;

/** A device that counts. */
export interface CountingImage {
  readonly image: DeviceImage;
  /** When poll n was asked for, wall clock in ms; poll 1 is at 0. */
  readonly polls: readonly number[];
}

/** Makes one; its serial number is made of `number`. A poll is counted with each read of {@linkcode POLLED_REGISTER}. */
export function createCountingImage(number: number): CountingImage {
  const { base } = INVERTER;
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const digits = String(number).padStart(4, "0");
  for (const half of [0, 1]) {
    registers[SERIAL - base + half] = digits.charCodeAt(2 * half) << 8 |
      digits.charCodeAt(2 * half + 1);
  }
  const polls: number[] = [];
  function before({ address, count }: ImageRequest): void {
    if (address > POLLED_REGISTER || POLLED_REGISTER >= address + count) return;
    polls.push(performance.timeOrigin + performance.now());
    const nth = polls.length;
    registers[CELLS.acPower - base] = nth % SHORT_MAX;
    registers[CELLS.stringPower - base] = nth % SHORT_MAX;
    registers[CELLS.acEnergy - base] = nth >>> 16;
    registers[CELLS.acEnergy - base + 1] = nth & 0xffff;
  }
  return { image: { base, registers, before }, polls };
}

/** Which poll a record's values say that they are of; a string says what is wrong with them. */
export function pollOf(record: Readonly<Record<string, unknown>>): number | string {
  const nth = Number(record["ac_energy_wh"]);
  const strings = record["strings"] as readonly Readonly<Record<string, unknown>>[];
  const wanted = {
    ac_power_w: 10 * (nth % SHORT_MAX),
    string_power_w: nth % SHORT_MAX,
    ac_current_a: 38.12,
    dc_voltage_v: 612.3,
    frequency_hz: 50.02,
    string_2_voltage_v: 611.9,
    state: "MPPT",
    quality: "good",
    model: "EX-10K",
  };
  const found = {
    ...record,
    string_power_w: strings[0]?.["dc_power_w"],
    string_2_voltage_v: strings[1]?.["dc_voltage_v"],
  } as Readonly<Record<string, unknown>>;
  const wrong = Object.entries(wanted).filter(([name, value]) => found[name] !== value)
    .map(([name, value]) => `${name} ${found[name]}, not ${value}`);
  return wrong.length === 0 ? nth : `poll ${nth}: ${wrong.join(", ")}`;
}
