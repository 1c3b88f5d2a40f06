// deno-lint-ignore-file camelcase
/**
 * A device whose registers encode the number of the poll, so that a value of another poll,
 * or a mixture of two polls, is detected.
 *
 * @module
 */

import type { DeviceImage, ImageRequest } from "../../simulator/device_image.ts";
import { INVERTER } from "../devices/devices.ts";

/** Points that count polls; addresses in the literal inverter (model 103 at 40070, 160 at 40122). */
const ADDRESSES = {
  /** Model 103 W, with W_SF 1. */
  acPower: 40_084,
  /** Model 103 WH, 32 bits, with WH_SF 0. */
  acEnergy: 40_094,
  /** Model 160, module 1 DCW, with DCW_SF 0. */
  stringPower: 40_143,
} as const;

/** Low register of module 2 DCWH, which is 0 in the literal inverter: not believed at start. */
const SECOND_ENERGY = 40_165;

/** A register that each poll reads once, before those of the strings: model 103 W. */
export const POLLED_REGISTER = ADDRESSES.acPower;

/** Model 1 SN: its first two registers. */
const SERIAL = 40_052;

/** Modulus of the poll number in 16-bit points. */
const SHORT_MAX = 3_000;

/** A device whose registers count polls. */
export interface CountingImage {
  readonly image: DeviceImage;
  /** Time of poll n, wall clock in ms, at index n - 1. */
  readonly polls: readonly number[];
}

/** Makes a device; `number` gives its serial number. Each read of {@linkcode POLLED_REGISTER} counts as a poll. */
export function createCountingImage(number: number): CountingImage {
  const { base } = INVERTER;
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const digits = String(number).padStart(4, "0");
  for (const half of [0, 1]) {
    registers[SERIAL - base + half] = digits.charCodeAt(2 * half) << 8 |
      digits.charCodeAt(2 * half + 1);
  }
  registers[SECOND_ENERGY - base] = 1;
  const polls: number[] = [];
  function before({ address, count }: ImageRequest): void {
    if (address > POLLED_REGISTER || POLLED_REGISTER >= address + count) return;
    polls.push(performance.timeOrigin + performance.now());
    const nth = polls.length;
    registers[ADDRESSES.acPower - base] = nth % SHORT_MAX;
    registers[ADDRESSES.stringPower - base] = nth % SHORT_MAX;
    registers[ADDRESSES.acEnergy - base] = nth >>> 16;
    registers[ADDRESSES.acEnergy - base + 1] = nth & 0xffff;
  }
  return { image: { base, registers, before }, polls };
}

/** The poll that a record's values belong to; a string describes values that contradict each other. */
export function pollOf(record: Readonly<Record<string, unknown>>): number | string {
  const nth = Number(record["ac_energy_wh"]);
  const strings = record["strings"] as readonly Readonly<Record<string, unknown>>[];
  const expected = {
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
  const wrong = Object.entries(expected).filter(([name, value]) =>
    found[name] !== value
  )
    .map(([name, value]) => `${name} is ${found[name]}, expected ${value}`);
  const flags = `flags ${JSON.stringify(record["flags"])}`;
  return wrong.length === 0 ? nth : `poll ${nth}: ${[...wrong, flags].join(", ")}`;
}
