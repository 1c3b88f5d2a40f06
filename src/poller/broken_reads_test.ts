/**
 * Devices whose models take several requests, one of which answers with nothing but ones
 * or zeros: no value of it is good, nor one that it scales.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Draft } from "../records/record.ts";
import type { ReadRequest } from "../modbus/reader.ts";
import { createFakePlant } from "../testing/devices/fake_plant.ts";

const BASE = 40_000;

/** Address of the model behind a model 1 of 66 registers. */
const MODEL = BASE + 70;

/** `SunS`, and a model 1 with manufacturer, model and serial number. */
function head(): number[] {
  const common = new Array<number>(68).fill(0);
  common.splice(0, 2, 1, 66);
  for (const at of [2, 18, 50]) common[at] = 0x4131;
  return [0x5375, 0x6e53, ...common];
}

/** A model of these registers, 0 elsewhere. */
function model(
  id: number,
  length: number,
  set: Readonly<Record<number, number>>,
): number[] {
  const registers = new Array<number>(2 + length).fill(0);
  registers.splice(0, 2, id, length);
  for (const [at, register] of Object.entries(set)) registers[Number(at)] = register;
  return [...head(), ...registers, 0xffff, 0];
}

/** A, PhVphA, W, Hz, WH, St with their scale factors. */
// deno-fmt-ignore
const INVERTER = model(103, 50, {
  2: 130, 3: 43, 6: 0xffff, 10: 2_300, 13: 0xffff, 14: 3_000, 15: 0, 16: 5_000,
  17: 0xfffe, 24: 0x004c, 25: 0x4b40, 26: 0, 31: 3_020, 32: 0, 33: 350, 37: 0xffff, 38: 4,
});

/** W, VA, PF, A, LLV, LNV, Hz, TotWhInj; scale factors at 113 to 122. */
// deno-fmt-ignore
const DER = model(701, 153, {
  2: 2, 3: 1, 4: 3, 5: 1, 10: 3_000, 11: 3_010, 13: 990, 14: 130, 15: 4_000, 16: 2_300,
  18: 50_000, 22: 0x4b40, 113: 0xffff, 114: 0xffff, 115: 0xfffd, 117: 0xfffd,
});

/** Floats: A 10, PhV 230, Hz 50, W 3000, TotWhExp and TotWhImp 1000. */
const METER = model(213, 124, {
  2: 0x4120,
  10: 0x4366,
  26: 0x4248,
  28: 0x453b,
  29: 0x8000,
  60: 0x447a,
  68: 0x447a,
});

/** Model 103 in small requests; a float meter and a DER that never fit in one. */
const BOTH = [0xffff, 0];

const DEVICES = [
  { registers: INVERTER, limit: 20, fills: BOTH },
  { registers: INVERTER, limit: 30, fills: BOTH },
  // Zeros in a request of nothing but voltages, currents and powers are a grid outage.
  { registers: METER, limit: 125, fills: [0xffff] },
  { registers: DER, limit: 125, fills: BOTH },
  { registers: DER, limit: 60, fills: BOTH },
] as const;

interface Seen {
  readonly drafts: readonly Draft[];
  /** The requests of the last second. */
  readonly asked: readonly ReadRequest[];
  /** Number of responses that were replaced. */
  readonly broken: number;
}

/** Polls for 10 s; in the seconds 5 and 6 the request at an address answers with `fill` behind the header. */
async function poll(
  { registers, limit }: (typeof DEVICES)[number],
  fill: number,
  brokenAddress?: number,
): Promise<Seen> {
  const plant = await createFakePlant();
  const image = { base: BASE, registers: Uint16Array.from(registers) };
  const unit = plant.add("a", 1, image);
  const supervisor = plant.start([
    { id: "dev", quirks: { registersPerReadMax: limit } },
  ]);
  let broken = 0;
  for (let second = 0; second < 10; second++) {
    const isFaulty = second === 5 || second === 6;
    unit.asked.length = 0;
    unit.fault = ({ address, count }) => {
      unit.image = image;
      if (!isFaulty || address !== brokenAddress) return undefined;
      const start = Math.max(address, MODEL + 2) - BASE;
      const end = Math.min(address + count - BASE, registers.length - 2);
      unit.image = {
        base: BASE,
        registers: image.registers.slice().fill(fill, start, end),
      };
      broken++;
      return undefined;
    };
    await plant.play(1_000);
  }
  await supervisor.stop();
  strictEqual(plant.drafts.length, 10);
  return { drafts: plant.drafts, asked: [...unit.asked], broken };
}

/** The values in a record with their paths. */
function leavesOf(value: unknown, path = ""): [path: string, value: unknown][] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, inner]) =>
      leavesOf(inner, `${path}.${name}`)
    )
    : [[path, value]];
}

Deno.test("a request that answers with ones or zeros leaves no value that was not served", async () => {
  for (const device of DEVICES) {
    const { asked } = await poll(device, 0);
    const addresses = asked
      .filter(({ address, count }) => address + count > MODEL + 4)
      .map(({ address }) => address);
    ok(addresses.length > 1);
    let flagged = 0;
    for (const address of addresses) {
      for (const fill of device.fills) {
        const { drafts, broken } = await poll(device, fill, address);
        ok(broken >= 2, "the fault was not met");
        const served = drafts[4];
        const before = new Map(leavesOf(served?.fields));
        for (const draft of [drafts[5], drafts[6]]) {
          const wrong = leavesOf(draft?.fields).filter(([name, value]) =>
            value !== null && value !== before.get(name)
          );
          deepStrictEqual(wrong, [], `${device.limit} ${address} ${fill}`);
          if (draft?.source.flags.some((flag) => flag.includes(":frame-"))) flagged++;
        }
        deepStrictEqual(drafts[7]?.fields, served?.fields);
        strictEqual(drafts[7]?.source.quality, "good");
      }
    }
    ok(flagged > 0);
  }
});
