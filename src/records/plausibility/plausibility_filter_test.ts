import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_120 } from "../../../models/model_120.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_402 } from "../../../models/model_402.ts";
import { MODEL_701 } from "../../../models/model_701.ts";
import type { DecodedModel, DecodeFlag, Points } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { createGuard, type Guard } from "./plausibility_filter.ts";
import type { RecordIdentity } from "../record.ts";

const SAME: RecordIdentity = {
  manufacturer: "M",
  model: "X",
  serial: "1",
  firmware: "1",
};
const EVERY_MS = 10_000;

type Played = readonly [
  definition: ModelDefinition,
  points: Points,
  flags?: readonly DecodeFlag[],
];

/** One poll after the other: the models after the guard. */
function createPlay(guard: Guard = createGuard()) {
  let atMs = 0;
  return (models: readonly Played[], identity = SAME): DecodedModel[] => {
    atMs += EVERY_MS;
    return guard.check(
      identity,
      models.map(([{ id }, points, flags = []]) => {
        return { id, address: 0, length: 0, points, flags };
      }),
      models.map(([definition]) => ({ definition })),
      atMs,
    );
  };
}

/** The counters of points and of the groups inside, by name. */
function countersIn(points: Points = {}): [name: string, value: unknown][] {
  return Object.entries(points).flatMap(([name, value]): [string, unknown][] => {
    if (Array.isArray(value)) return value.flatMap((each) => countersIn(each));
    return COUNTERS.has(name) ? [[name, value]] : [];
  });
}

/** The points without counters. */
function without(points: Points = {}): unknown {
  return Object.entries(points).filter(([name]) => !COUNTERS.has(name))
    .map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((each) => without(each)) : value,
    ]);
}

const COUNTERS: ReadonlySet<string> = new Set(["WH", "DCWH"]);

/** What became of the first model's point, and its flags. */
function first(models: readonly DecodedModel[], point: string): unknown[] {
  const [model] = models;
  return [model?.points[point], ...model?.flags.map(({ reason }) => reason) ?? []];
}

Deno.test("a false 0 becomes null with a flag, and the models as read stay as they are", () => {
  const play = createPlay();
  play([[MODEL_103, { WH: 5_000, WH_SF: 0, W: 10 }]]);
  const read: Points = { WH: 0, WH_SF: 0, W: 10 };
  const [after] = play([[MODEL_103, read]]);
  deepStrictEqual(after?.points, { WH: null, WH_SF: 0, W: 10 });
  deepStrictEqual(after?.flags, [{ path: "WH", reason: "counter-zero" }]);
  strictEqual(read["WH"], 0);
});

Deno.test("whatever the points hold, nothing is changed but counters, and these to null", () => {
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
    const play = createPlay();
    for (const points of polls) {
      for (const definition of [MODEL_103, MODEL_160]) {
        const [after] = play([[definition, points]]);
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

Deno.test("where there is nothing to say the very same model comes back", () => {
  const points: Points = { WH: 5_000, WH_SF: 0, W: 10 };
  const model = { id: 103, address: 0, length: 0, points, flags: [] };
  const planned = [{ definition: MODEL_103 }];
  strictEqual(createGuard().check(SAME, [model], planned, 0)[0], model);
});

Deno.test("counters in groups are told apart, and their siblings stay", () => {
  const play = createPlay();
  const module = (one: number, other: number): Points => ({
    DCWH_SF: 0,
    module: [{ DCWH: one, DCW: 5 }, { DCWH: other, DCW: 5 }],
  });
  play([[MODEL_160, module(100, 200)]]);
  const [after] = play([[MODEL_160, module(101, 3)]]);
  deepStrictEqual(after?.points["module"], [
    { DCWH: 101, DCW: 5 },
    { DCWH: null, DCW: 5 },
  ]);
  deepStrictEqual(after?.flags, [{ path: "module[1].DCWH", reason: "counter-back" }]);
});

Deno.test("two models of one id have counters of their own", () => {
  const play = createPlay();
  const two = (one: number, other: number): Played[] => [
    [MODEL_103, { WH: one, WH_SF: 0 }],
    [MODEL_103, { WH: other, WH_SF: 0 }],
  ];
  play(two(9_000, 50));
  deepStrictEqual(play(two(9_001, 51)).map(({ points }) => points["WH"]), [9_001, 51]);
});

Deno.test("phases that stay at 0 are believed from the start where the sum counts", () => {
  const play = createPlay();
  const meter: Points = { TotWhExp: 7, TotWhExpPhA: 0, TotWhImp: 0, W: 0 };
  deepStrictEqual(play([[MODEL_203, meter]])[0]?.flags, []);
});

Deno.test("the end of a counter is where its scale factor puts it", () => {
  const scaled = (WH: number): Played => [MODEL_103, { WH, WH_SF: 1, W: 9_000 }];
  const play = createPlay();
  play([scaled(42_949_672_950)]);
  deepStrictEqual(first(play([scaled(20)]), "WH"), [20, "counter-wrapped"]);
});

Deno.test("counters of 64 bits and those of other types are watched too", () => {
  const play = createPlay();
  const wide = (TotWhInj: bigint): Played => [MODEL_701, { TotWhInj, TotWh_SF: 0 }];
  play([wide(2n ** 60n)]);
  deepStrictEqual(first(play([wide(5n)]), "TotWhInj"), [null, "counter-back"]);
  const charge = (DCAhr: number): Played => [MODEL_402, { DCAhr, DCAhr_SF: 0 }];
  const other = createPlay();
  other([charge(700)]);
  deepStrictEqual(first(other([charge(0)]), "DCAhr"), [null, "counter-zero"]);
});

Deno.test("a charge that stays at 0 is believed once a current has flowed for ten minutes", () => {
  const play = createPlay();
  const combiner = (DCA: number): Played => [MODEL_402, { DCAhr: 0, DCA, DCAMax: 100 }];
  const becomes = (DCA: number): unknown => first(play([combiner(DCA)]), "DCAhr")[0];
  for (let poll = 0; poll < 100; poll++) strictEqual(becomes(0), null);
  const flowing = Array.from({ length: 70 }, () => becomes(7));
  strictEqual(flowing.indexOf(0), 60);
});

Deno.test("all ones are no first value of a counter", () => {
  const flags: DecodeFlag[] = [{ path: "WH", reason: "accumulator-all-ones" }];
  const ones: Played = [MODEL_103, { WH: 2 ** 32 - 1, WH_SF: 0, W: 1 }, flags];
  const play = createPlay();
  deepStrictEqual(first(play([ones]), "WH"), [
    null,
    "accumulator-all-ones",
    "counter-jump",
  ]);
  const after = play([[MODEL_103, { WH: 70, WH_SF: 0, W: 1 }]]);
  deepStrictEqual(first(after, "WH"), [70]);
});

Deno.test("another device in its place counts from where it stands", () => {
  const play = createPlay();
  play([[MODEL_103, { WH: 5_000, WH_SF: 0 }]]);
  const swapped = { ...SAME, serial: "2" };
  const after = play([[MODEL_103, { WH: 12, WH_SF: 0 }]], swapped);
  deepStrictEqual(first(after, "WH"), [12]);
});

Deno.test("a new firmware is no other device", () => {
  const play = createPlay();
  play([[MODEL_103, { WH: 5_000, WH_SF: 0 }]]);
  const updated = { ...SAME, firmware: "2" };
  const after = play([[MODEL_103, { WH: 12, WH_SF: 0 }]], updated);
  deepStrictEqual(first(after, "WH"), [null, "counter-back"]);
});

Deno.test("a device that leaves its name out by night is no other device in the morning", () => {
  const play = createPlay();
  const at = (WH: number): Played[] => [[MODEL_103, { WH, WH_SF: 0 }]];
  const nameless = { manufacturer: null, model: null, serial: null, firmware: null };
  play(at(5_000));
  play(at(5_000), nameless);
  deepStrictEqual(first(play(at(0)), "WH"), [null, "counter-zero"]);
});

Deno.test("a power far beyond the nameplate is passed on with a flag, also when the nameplate was read before", () => {
  const play = createPlay();
  play([[MODEL_103, { W: 9_000 }], [MODEL_120, { WRtg: 10_000, VARtg: 11_000 }]]);
  deepStrictEqual(first(play([[MODEL_103, { W: 12_000 }]]), "W"), [12_000]);
  const spike = play([[MODEL_103, { W: 2_000_000 }]]);
  deepStrictEqual(first(spike, "W"), [2_000_000, "beyond-rating"]);
});

Deno.test("the power of one input far beyond the nameplate is flagged as well", () => {
  const play = createPlay();
  const module = [{ DCW: 4_000 }, { DCW: 65_000 }];
  const [inputs] = play([[MODEL_160, { module }], [MODEL_120, { WRtg: 10_000 }]]);
  deepStrictEqual(inputs?.points["module"], module);
  deepStrictEqual(inputs.flags, [{ path: "module[1].DCW", reason: "beyond-rating" }]);
});

Deno.test("without a nameplate a counter may rise by ten times what was shown before, and a garbled poll excuses nothing", () => {
  const play = createPlay();
  const at = (WH: number, W: number): Played[] => [[MODEL_103, { WH, WH_SF: 0, W }]];
  const becomes = (WH: number, W: number) => first(play(at(WH, W)), "WH");
  deepStrictEqual(becomes(1_000_000, 9_000), [1_000_000]);
  deepStrictEqual(becomes(1_000_025, 9_000), [1_000_025]);
  deepStrictEqual(becomes(1_100_000, 9_000), [1_100_000]); // a lump
  for (let poll = 0; poll < 5; poll++) {
    deepStrictEqual(becomes(5_000_000, 3_000_000), [null, "counter-jump"]);
  }
  deepStrictEqual(becomes(1_100_025, 9_000), [1_100_025]);
});

Deno.test("the nameplate bounds what a counter can rise, and says nothing of a meter", () => {
  const play = createPlay();
  const at = (counter: number): Played[] => [
    [MODEL_103, { WH: counter, WH_SF: 0 }],
    [MODEL_203, { TotWhExp: counter, TotWh_SF: 0, W: 500_000 }],
    [MODEL_120, { WRtg: 10_000 }],
  ];
  play(at(1_000_000));
  const [inverter, meter] = play(at(1_100_000));
  deepStrictEqual(inverter?.flags, [{ path: "WH", reason: "counter-jump" }]);
  deepStrictEqual(meter?.flags, []);
});
