import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MODEL_103 } from "../../../models/model_103.ts";
import { MODEL_120 } from "../../../models/model_120.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import { MODEL_203 } from "../../../models/model_203.ts";
import { MODEL_702 } from "../../../models/model_702.ts";
import { MODEL_714 } from "../../../models/model_714.ts";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import { createPolls, type PolledModel } from "../../testing/records/filtered_polls.ts";

/** A point of the first model after filtering, and the reasons of the model's flags. */
function first(models: readonly DecodedModel[], point: string): unknown[] {
  const [model] = models;
  return [model?.points[point], ...model?.flags.map(({ reason }) => reason) ?? []];
}

Deno.test("filterModels(): a signed counter in an accumulator is null from the first reading on", () => {
  const filterPoll = createPolls();
  const meter = (TotWhExp: number): PolledModel => [
    MODEL_203,
    {
      TotWhExp,
      TotWhImp: 3_018_895,
      TotVArhImpQ1: 2 ** 31,
      W: -900,
      TotWh_SF: 0,
      TotVArh_SF: 0,
    },
  ];
  for (let poll = 0; poll < 100; poll++) {
    const [after] = filterPoll([meter(4_290_173_437 - 2 * poll)]);
    strictEqual(after?.points["TotWhExp"], null);
    strictEqual(after.points["TotWhImp"], 3_018_895);
    strictEqual(after.points["TotVArhImpQ1"], null);
    const flagged = after.flags.map(({ path, reason }) => `${path} ${reason}`);
    // A counter that stays at the sign bit for ten minutes is not implemented.
    const sign = poll < 60 ? ["TotVArhImpQ1 counter-unproven"] : [];
    deepStrictEqual(flagged, ["TotWhExp counter-unproven", ...sign], `${poll}`);
  }
});

Deno.test("filterModels(): a first reading beyond rating and age is never accepted", () => {
  const filterPoll = createPolls();
  const port = (DCWhInj: number): PolledModel[] => [
    [MODEL_714, { DCWH_SF: 0, Prt: [{ DCWhInj, DCWhAbs: 0, DCW: 3_000 }] }],
    [MODEL_702, { WMaxRtg: 7_680 }],
  ];
  for (let poll = 0; poll < 200; poll++) {
    const [after] = filterPoll(port(6.2e17 + 128 * poll));
    deepStrictEqual(countersOfPorts(after), [[null, 0]], `${poll}`);
    deepStrictEqual(after?.flags, [{
      path: "Prt[0].DCWhInj",
      reason: "counter-unproven",
    }]);
  }
});

Deno.test("filterModels(): a first reading beyond what is likely is accepted once it has risen for a minute", () => {
  const filterPoll = createPolls();
  // 5 GWh of an inverter of 7,680 W in 30 years is too much, unless the rating is wrong.
  const at = (WH: number): PolledModel[] => [
    [MODEL_103, { WH, WH_SF: 2, W: 3_000 }],
    [MODEL_120, { WRtg: 7_680 }],
  ];
  const seen = Array.from(
    { length: 12 },
    (_, poll) => first(filterPoll(at(5e9 + 100 * Math.floor(poll / 3))), "WH"),
  );
  deepStrictEqual(seen.slice(0, 9), new Array(9).fill([null, "counter-unproven"]));
  deepStrictEqual(seen.slice(9), [[5e9 + 300], [5e9 + 300], [5e9 + 300]]);
});

Deno.test("filterModels(): an input of a hybrid that reads 0 at start is null until it counts", () => {
  const filterPoll = createPolls();
  const inputs = (battery: number): PolledModel => [MODEL_160, {
    DCWH_SF: 0,
    module: [{ DCWH: 900_000, DCW: 2_000 }, { DCWH: battery, DCW: 0 }],
  }];
  const [start] = filterPoll([inputs(0)]);
  deepStrictEqual(start?.points["module"], [
    { DCWH: 900_000, DCW: 2_000 },
    { DCWH: null, DCW: 0 },
  ]);
  deepStrictEqual(start.flags, [{ path: "module[1].DCWH", reason: "counter-zero" }]);
  const [later] = filterPoll([inputs(650_000)]);
  deepStrictEqual(later?.points["module"], [
    { DCWH: 900_000, DCW: 2_000 },
    { DCWH: 650_000, DCW: 0 },
  ]);
  deepStrictEqual(later.flags, []);
});

Deno.test("filterModels(): the counter of an input without any measurement is not implemented at 0", () => {
  const filterPoll = createPolls();
  const inputs = (DCWH: number): PolledModel => [MODEL_160, {
    DCWH_SF: 0,
    module: [{ DCWH: 900_000, DCA: 3, DCW: 2_000 }, { DCWH, DCA: null, DCW: null }],
  }];
  const [unused] = filterPoll([inputs(0)]);
  deepStrictEqual(unused?.points["module"], [
    { DCWH: 900_000, DCA: 3, DCW: 2_000 },
    { DCWH: null, DCA: null, DCW: null },
  ]);
  deepStrictEqual(unused.flags, []);
});

Deno.test("filterModels(): a counter that stays at 0 is not implemented after ten minutes, and counts when it rises", () => {
  const filterPoll = createPolls();
  const inputs = (DCWH: number, DCW = 2_000): PolledModel => [MODEL_160, {
    DCWH_SF: 0,
    module: [{ DCWH, DCW }],
  }];
  const flags = (model: PolledModel): number =>
    filterPoll([model])[0]?.flags.length ?? -1;
  const counts = Array.from({ length: 100 }, () => flags(inputs(0)));
  strictEqual(counts.indexOf(0), 60);
  ok(counts.slice(60).every((count) => count === 0));
  const [null0] = filterPoll([inputs(0)]);
  deepStrictEqual(null0?.points["module"], [{ DCWH: null, DCW: 2_000 }]);
  const [counting] = filterPoll([inputs(5)]);
  deepStrictEqual(counting?.points["module"], [{ DCWH: 5, DCW: 2_000 }]);
  // A counter that has counted is a glitch at 0.
  strictEqual(flags(inputs(0)), 1);
  const night = createPolls();
  const sleeping = Array.from(
    { length: 8_700 },
    () => night([inputs(0, 0)])[0]?.flags.length,
  );
  strictEqual(sleeping.indexOf(0), 8_640);
});

Deno.test("filterModels(): a counter far above those of the other inputs has to prove itself", () => {
  const filterPoll = createPolls();
  const module = [5_000, 6_000, 6e10].map((DCWH) => ({ DCWH, DCW: 700 }));
  const [after] = filterPoll([[MODEL_160, { DCWH_SF: 0, module }]]);
  deepStrictEqual(after?.flags, [{
    path: "module[2].DCWH",
    reason: "counter-unproven",
  }]);
});

function countersOfPorts(model: DecodedModel | undefined): unknown {
  const ports = model?.points["Prt"];
  return Array.isArray(ports)
    ? ports.map((port) => [port["DCWhInj"], port["DCWhAbs"]])
    : [];
}

Deno.test("filterModels(): whatever the first reading is, it is accepted only within rating and age", () => {
  const raw = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    fc.integer({ min: 0, max: 2 ** 16 }).map((high) => high * 2 ** 16),
  );
  let accepted = 0;
  fc.assert(
    fc.property(raw, fc.integer({ min: -2, max: 6 }), (value, scale) => {
      const filterPoll = createPolls();
      const WH = value * 10 ** scale;
      const [inverter] = filterPoll([
        [MODEL_103, { WH, WH_SF: scale, W: 1_000 }],
        [MODEL_120, { WRtg: 10_000 }],
      ]);
      const read = inverter?.points["WH"];
      strictEqual(read === null, inverter?.flags.length === 1);
      if (read === null) return;
      accepted++;
      strictEqual(read, WH);
      ok(WH > 0 && WH <= 10_000 * 30 * 8_766 && value < 2 ** 31);
      ok(value % 2 ** 16 !== 0);
    }),
    { numRuns: 500 },
  );
  ok(accepted > 20, `only ${accepted} were accepted`);
});

Deno.test("filterModels(): a counter with swapped words is not accepted", () => {
  const filterPoll = createPolls();
  for (let poll = 0; poll < 100; poll++) {
    // 25,000 Wh, rising by 3 Wh in each poll.
    const WH = (25_000 + 3 * poll) * 2 ** 16;
    const [inverter] = filterPoll([[MODEL_103, { WH, WH_SF: 0, W: 1_000 }]]);
    deepStrictEqual(first(inverter === undefined ? [] : [inverter], "WH"), [
      ...[null, "counter-unproven"],
    ]);
  }
});
