import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_113 } from "../../../models/model_113.ts";
import { MODEL_701 } from "../../../models/model_701.ts";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import { createPolls, type PolledModel } from "../../testing/records/filtered_polls.ts";

const WORD = 2n ** 16n;
/** The counters of 2 and 4 registers, with the highest word that a device can reach. */
const KINDS: readonly {
  readonly lowMax: number;
  readonly point: string;
  readonly poll: (registers: bigint) => PolledModel;
}[] = [
  {
    lowMax: 1,
    point: "WH",
    poll: (registers) => [MODEL_103, { WH: Number(registers), WH_SF: 0, W: 3_000 }],
  },
  {
    lowMax: 2,
    point: "TotWhInj",
    poll: (registers) => [MODEL_701, { TotWhInj: registers, TotWh_SF: 0, W: 3_000 }],
  },
  {
    lowMax: 3,
    point: "TotWhInj",
    poll: (registers) => [MODEL_701, {
      TotWhInj: Number(registers) / 1_000,
      TotWh_SF: -3,
      W: 3_000,
    }],
  },
];

/** Words of two numbers: those from `low` upwards of one, those below it of the other. */
function tear(upper: bigint, lower: bigint, low: number): bigint {
  const range = WORD ** BigInt(low);
  return upper - upper % range + lower % range;
}

/** The value of a point in the first model, and the reasons of its flags. */
function read(point: string, [model]: readonly DecodedModel[]): unknown[] {
  return [model?.points[point], ...model?.flags.map(({ reason }) => reason) ?? []];
}

Deno.test("filterModels(): the reading of any counter that is torn at a carry is null, and the readings after it are accepted", () => {
  let torn = 0;
  const scenario = fc.record({
    kind: fc.constantFrom(...KINDS),
    word: fc.integer({ min: 1, max: 3 }),
    high: fc.integer({ min: 2, max: 30_000 }),
    before: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }),
    short: fc.integer({ min: 1, max: 60 }),
    past: fc.integer({ min: 0, max: 60 }),
    after: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }),
    isUp: fc.boolean(),
  });
  fc.assert(
    fc.property(scenario, ({ kind, word, high, isUp, ...more }) => {
      const low = Math.min(word, kind.lowMax);
      const carry = BigInt(low === 1 ? high : high % 7 + 2) * WORD ** BigInt(low);
      const filterPoll = createPolls();
      const poll = (registers: bigint) =>
        read(kind.point, filterPoll([kind.poll(registers)]));
      const valueOf = (registers: bigint) => kind.poll(registers)[1][kind.point];
      const old = carry - BigInt(more.short);
      let counter = old - BigInt(more.before.reduce((sum, rise) => sum + rise, 0));
      for (const rise of more.before) {
        deepStrictEqual(poll(counter), [valueOf(counter)]);
        counter += BigInt(rise);
      }
      poll(old);
      const now = carry + BigInt(more.past);
      const reading = isUp ? tear(now, old, low) : tear(old, now, low);
      torn++;
      const [value, reason] = poll(reading);
      strictEqual(value, null, `${reading} after ${old}: ${value}`);
      strictEqual(reason, isUp ? "counter-jump" : "counter-back");
      counter = now;
      for (const rise of more.after) {
        counter += BigInt(rise);
        deepStrictEqual(poll(counter), [valueOf(counter)]);
      }
    }),
    { numRuns: 500 },
  );
  strictEqual(torn >= 500, true);
});

/** Polls a counter of 32 bits in Wh. */
function createCounter(): (WH: number, W?: number) => unknown[] {
  const filterPoll = createPolls();
  return (WH, W = 3_000) => read("WH", filterPoll([[MODEL_103, { WH, WH_SF: 0, W }]]));
}

Deno.test("filterModels(): a torn reading at the end of the range is null, and the wrap is accepted after it", () => {
  const end = 2 ** 32;
  const poll = createCounter();
  // The upper half of the range has to prove itself first.
  for (let count = 20; count > 0; count--) poll(end - count);
  deepStrictEqual(poll(0x0000_FFFF), [null, "counter-jump"]);
  deepStrictEqual(poll(0xFFFF_0003), [null, "counter-back"]);
  deepStrictEqual(poll(4), [4, "counter-wrapped"]);
});

Deno.test("filterModels(): a reading whose low word is that of the last poll is null also after an interruption", () => {
  const poll = createCounter();
  deepStrictEqual(poll(0x4C_9000), [0x4C_9000]);
  deepStrictEqual(poll(0x4D_9000), [null, "counter-jump"]);
  deepStrictEqual(poll(0x4D_0001), [0x4D_0001]);
});

Deno.test("filterModels(): a reading with lower words from before the last poll is null", () => {
  const poll = createCounter();
  deepStrictEqual(poll(0x4D_0003), [0x4D_0003]);
  deepStrictEqual(poll(0x4D_FFFA), [null, "counter-jump"]);
  deepStrictEqual(poll(0x4D_0005), [0x4D_0005]);
});

Deno.test("filterModels(): a real rise by a word is accepted when it rises further, or has stayed for a minute", () => {
  const rising = createCounter();
  rising(0x4C_FFF0);
  deepStrictEqual(rising(0x4D_FFF0), [null, "counter-jump"]);
  deepStrictEqual(rising(0x4D_FFF1), [0x4D_FFF1]);
  const constant = createCounter();
  constant(0x4C_FFF0, 0);
  const night = Array.from({ length: 10 }, () => constant(0x4D_FFF0, 0)[0]);
  strictEqual(night.indexOf(0x4D_FFF0), 6);
  const usual = createCounter();
  usual(1_000_000);
  deepStrictEqual(usual(1_090_000), [1_090_000]);
});

Deno.test("filterModels(): a counter that rises by more than a word in every poll needs one confirmation", () => {
  const filterPoll = createPolls();
  const values = Array.from({ length: 200 }, (_, at) => 1_000_000 + at * 99.991);
  const nulls = values.filter((TotWhInj) => {
    const model: PolledModel = [MODEL_701, { TotWhInj, TotWh_SF: -3, W: 36_000 }];
    return read("TotWhInj", filterPoll([model]))[0] === null;
  });
  ok(nulls.length <= 1, `${nulls.length} readings are null`);
});

Deno.test("filterModels(): a torn float is null, and small floats rise freely", () => {
  const filterPoll = createPolls();
  const poll = (WH: number) => read("WH", filterPoll([[MODEL_113, { WH, W: 3_000 }]]));
  const view = new DataView(new ArrayBuffer(4));
  const floatOf = (registers: number): number => {
    view.setUint32(0, registers);
    return view.getFloat32(0);
  };
  const [old, now] = [floatOf(0x4B3C_FFFE), floatOf(0x4B3D_0001)];
  deepStrictEqual(poll(old), [old]);
  deepStrictEqual(poll(floatOf(0x4B3D_FFFE)), [null, "counter-jump"]);
  deepStrictEqual(poll(floatOf(0x4B3C_0001)), [null, "counter-back"]);
  deepStrictEqual(poll(now), [now]);
  const small = createPolls();
  for (let WH = 1; WH < 2_000; WH += 7.5) {
    deepStrictEqual(read("WH", small([[MODEL_113, { WH, W: 3_000 }]])), [WH]);
  }
});
