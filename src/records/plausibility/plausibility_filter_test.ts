import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_120 } from "../../../models/model_120.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_402 } from "../../../models/model_402.ts";
import { MODEL_701 } from "../../../models/model_701.ts";
import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import { createPlausibilityFilter } from "./plausibility_filter.ts";
import { UNKNOWN_IDENTITY } from "../../sunspec/identity.ts";
import {
  createPolls,
  type PolledModel,
  SAME,
} from "../../testing/records/filtered_polls.ts";

/** The counters of the points and of their groups, by name. */
function countersIn(points: Points = {}): [name: string, value: unknown][] {
  return Object.entries(points).flatMap(([name, value]): [string, unknown][] => {
    if (Array.isArray(value)) return value.flatMap((each) => countersIn(each));
    return COUNTERS.has(name) ? [[name, value]] : [];
  });
}

/** The points without their counters. */
function without(points: Points = {}): unknown {
  return Object.entries(points).filter(([name]) => !COUNTERS.has(name))
    .map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((each) => without(each)) : value,
    ]);
}

const COUNTERS: ReadonlySet<string> = new Set(["WH", "DCWH"]);

/** A point of the first model after filtering, and the reasons of the model's flags. */
function first(models: readonly DecodedModel[], point: string): unknown[] {
  const [model] = models;
  return [model?.points[point], ...model?.flags.map(({ reason }) => reason) ?? []];
}

Deno.test("filterModels(): a false 0 becomes null with a flag, and the input is not modified", () => {
  const filterPoll = createPolls();
  filterPoll([[MODEL_103, { WH: 5_000, WH_SF: 0, W: 10 }]]);
  const read: Points = { WH: 0, WH_SF: 0, W: 10 };
  const [after] = filterPoll([[MODEL_103, read]]);
  deepStrictEqual(after?.points, { WH: null, WH_SF: 0, W: 10 });
  deepStrictEqual(after?.flags, [{ path: "WH", reason: "counter-zero" }]);
  strictEqual(read["WH"], 0);
});

Deno.test("filterModels() changes only counters, and only to null, for any point values", () => {
  const value = fc.oneof(
    fc.double(),
    fc.bigInt(),
    fc.constantFrom(null, "text", 0, -1, 2 ** 32 - 1, 5_000, 5_001),
  );
  const poll = fc.record({
    WH: value,
    WH_SF: value,
    W: value,
    module: fc.array(fc.record({ DCWH: value, DCW: value }), { maxLength: 3 }),
  });
  fc.assert(fc.property(fc.array(poll, { maxLength: 30 }), (polls) => {
    const filterPoll = createPolls();
    for (const points of polls) {
      for (const definition of [MODEL_103, MODEL_160]) {
        const [after] = filterPoll([[definition, points]]);
        for (const [counter, now] of countersIn(after?.points)) {
          ok(
            now === null || countersIn(points).some(([, was]) => Object.is(was, now)),
            counter,
          );
        }
        deepStrictEqual(without(after?.points), without(points));
      }
    }
  }));
});

Deno.test("filterModels() returns the same object for a model without a finding", () => {
  const points: Points = { WH: 5_000, WH_SF: 0, W: 10 };
  const model = { id: 103, address: 0, length: 0, points, flags: [] };
  const reading = readingOf(MODEL_103, model);
  strictEqual(createPlausibilityFilter().filterModels(SAME, [reading], 0)[0], reading);
});

Deno.test("filterModels(): counters in groups are independent, and other points are unchanged", () => {
  const filterPoll = createPolls();
  const module = (one: number, other: number): Points => ({
    DCWH_SF: 0,
    module: [{ DCWH: one, DCW: 5 }, { DCWH: other, DCW: 5 }],
  });
  filterPoll([[MODEL_160, module(100, 200)]]);
  const [after] = filterPoll([[MODEL_160, module(101, 3)]]);
  deepStrictEqual(after?.points["module"], [
    { DCWH: 101, DCW: 5 },
    { DCWH: null, DCW: 5 },
  ]);
  deepStrictEqual(after?.flags, [{ path: "module[1].DCWH", reason: "counter-back" }]);
});

Deno.test("filterModels(): two models with one id have separate counters", () => {
  const filterPoll = createPolls();
  const two = (one: number, other: number): PolledModel[] => [
    [MODEL_103, { WH: one, WH_SF: 0 }],
    [MODEL_103, { WH: other, WH_SF: 0 }],
  ];
  filterPoll(two(9_000, 50));
  deepStrictEqual(filterPoll(two(9_001, 51)).map(({ points }) => points["WH"]), [
    9_001,
    51,
  ]);
});

Deno.test("filterModels(): when one of two models with one id is absent, the other one has no earlier reading", () => {
  const filterPoll = createPolls();
  filterPoll([[MODEL_103, { WH: 5_000, W: 10 }], [MODEL_103, { WH: 90_000, W: 10 }]]);
  const one = filterPoll([[MODEL_103, { WH: 90_000, W: 10 }]]);
  deepStrictEqual(first(one, "WH"), [90_000]);
  const two = filterPoll([[MODEL_103, { WH: 5_000, W: 10 }], [MODEL_103, {
    WH: 90_000,
    W: 10,
  }]]);
  deepStrictEqual(first(two, "WH"), [5_000]);
});

Deno.test("filterModels(): phases at 0 are plausible from the start if the sum is above 0", () => {
  const filterPoll = createPolls();
  const meter: Points = { TotWhExp: 7, TotWhExpPhA: 0, TotWhImp: 0, W: 0 };
  deepStrictEqual(filterPoll([[MODEL_203, meter]])[0]?.flags, []);
});

Deno.test("filterModels(): the modulus of a counter depends on its scale factor", () => {
  const scaled = (WH: number): PolledModel => [MODEL_103, { WH, WH_SF: 1, W: 9_000 }];
  const filterPoll = createPolls();
  // The upper half of the range has to prove itself first.
  for (let poll = 10; poll >= 0; poll--) {
    filterPoll([scaled(42_949_672_950 - 10 * poll)]);
  }
  deepStrictEqual(first(filterPoll([scaled(20)]), "WH"), [20, "counter-wrapped"]);
});

Deno.test("filterModels() also checks 64-bit counters and counters of other types", () => {
  const filterPoll = createPolls();
  const wide = (
    TotWhInj: bigint,
  ): PolledModel => [MODEL_701, { TotWhInj, TotWh_SF: 0 }];
  filterPoll([wide(2n ** 40n)]);
  deepStrictEqual(first(filterPoll([wide(5n)]), "TotWhInj"), [null, "counter-back"]);
  const charge = (DCAhr: number): PolledModel => [MODEL_402, { DCAhr, DCAhr_SF: 0 }];
  const other = createPolls();
  other([charge(700)]);
  deepStrictEqual(first(other([charge(0)]), "DCAhr"), [null, "counter-zero"]);
});

Deno.test("filterModels(): a charge of 0 is plausible after ten minutes with a current", () => {
  const filterPoll = createPolls();
  const combiner = (
    DCA: number,
  ): PolledModel => [MODEL_402, { DCAhr: 0, DCA, DCAMax: 100 }];
  const becomes = (DCA: number): unknown =>
    first(filterPoll([combiner(DCA)]), "DCAhr")[0];
  for (let poll = 0; poll < 100; poll++) strictEqual(becomes(0), null);
  const flowing = Array.from({ length: 70 }, () => becomes(7));
  strictEqual(flowing.indexOf(0), 60);
});

Deno.test("filterModels(): all ones is not accepted as the first value of a counter", () => {
  const flags: DecodeFlag[] = [{ path: "WH", reason: "accumulator-all-ones" }];
  const ones: PolledModel = [MODEL_103, { WH: 2 ** 32 - 1, WH_SF: 0, W: 1 }, flags];
  const filterPoll = createPolls();
  deepStrictEqual(first(filterPoll([ones]), "WH"), [
    null,
    "accumulator-all-ones",
    "counter-unproven",
  ]);
  const after = filterPoll([[MODEL_103, { WH: 70, WH_SF: 0, W: 1 }]]);
  deepStrictEqual(first(after, "WH"), [70]);
});

Deno.test("filterModels(): a replaced device starts with its own counter values", () => {
  const filterPoll = createPolls();
  filterPoll([[MODEL_103, { WH: 5_000, WH_SF: 0 }]]);
  const swapped = { ...SAME, serial: "2" };
  const after = filterPoll([[MODEL_103, { WH: 12, WH_SF: 0 }]], swapped);
  deepStrictEqual(first(after, "WH"), [12]);
});

Deno.test("filterModels(): a new firmware version is not another device", () => {
  const filterPoll = createPolls();
  filterPoll([[MODEL_103, { WH: 5_000, WH_SF: 0 }]]);
  const updated = { ...SAME, firmware: "2" };
  const after = filterPoll([[MODEL_103, { WH: 12, WH_SF: 0 }]], updated);
  deepStrictEqual(first(after, "WH"), [null, "counter-back"]);
});

Deno.test("filterModels(): a device without identity at night is the same device in the morning", () => {
  const filterPoll = createPolls();
  const at = (WH: number): PolledModel[] => [[MODEL_103, { WH, WH_SF: 0 }]];
  const nameless = UNKNOWN_IDENTITY;
  filterPoll(at(5_000));
  filterPoll(at(5_000), nameless);
  deepStrictEqual(first(filterPoll(at(0)), "WH"), [null, "counter-zero"]);
});

Deno.test("filterModels(): a power far above the rating is passed on with a flag, also when an earlier poll read the nameplate", () => {
  const filterPoll = createPolls();
  filterPoll([[MODEL_103, { W: 9_000 }], [MODEL_120, { WRtg: 10_000, VARtg: 11_000 }]]);
  deepStrictEqual(first(filterPoll([[MODEL_103, { W: 12_000 }]]), "W"), [12_000]);
  const spike = filterPoll([[MODEL_103, { W: 2_000_000 }]]);
  deepStrictEqual(first(spike, "W"), [2_000_000, "beyond-rating"]);
});

Deno.test("filterModels(): the power of one input far above the rating is flagged", () => {
  const filterPoll = createPolls();
  const module = [{ DCW: 4_000 }, { DCW: 65_000 }];
  const [inputs] = filterPoll([[MODEL_160, { module }], [MODEL_120, { WRtg: 10_000 }]]);
  deepStrictEqual(inputs?.points["module"], module);
  deepStrictEqual(inputs.flags, [{ path: "module[1].DCW", reason: "beyond-rating" }]);
});

Deno.test("filterModels(): without a nameplate a counter may rise by ten times the observed peak, and a corrupt poll does not raise it", () => {
  const filterPoll = createPolls();
  const at = (
    WH: number,
    W: number,
  ): PolledModel[] => [[MODEL_103, { WH, WH_SF: 0, W }]];
  const becomes = (WH: number, W: number) => first(filterPoll(at(WH, W)), "WH");
  deepStrictEqual(becomes(1_000_000, 9_000), [1_000_000]);
  deepStrictEqual(becomes(1_000_025, 9_000), [1_000_025]);
  deepStrictEqual(becomes(1_100_000, 9_000), [1_100_000]); // a delayed update
  for (let poll = 0; poll < 5; poll++) {
    deepStrictEqual(becomes(5_000_000, 3_000_000), [null, "counter-jump"]);
  }
  deepStrictEqual(becomes(1_100_025, 9_000), [1_100_025]);
});

Deno.test("filterModels(): the nameplate limits the rise of the inverter's counters, and not of a meter", () => {
  const filterPoll = createPolls();
  const at = (counter: number): PolledModel[] => [
    [MODEL_103, { WH: counter, WH_SF: 0 }],
    [MODEL_203, { TotWhExp: counter, TotWh_SF: 0, W: 500_000 }],
    [MODEL_120, { WRtg: 10_000 }],
  ];
  filterPoll(at(1_000_000));
  const [inverter, meter] = filterPoll(at(1_100_000));
  deepStrictEqual(inverter?.flags, [{ path: "WH", reason: "counter-jump" }]);
  deepStrictEqual(meter?.flags, []);
});
