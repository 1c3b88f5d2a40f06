import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MODEL_1 } from "../../models/model_1.ts";
import { MODEL_103 } from "../../models/model_103.ts";
import { MODEL_113 } from "../../models/model_113.ts";
import { MODEL_203 } from "../../models/model_203.ts";
import type { DecodedModel, Points } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { createDesk, type Desk, type Preference } from "./record_builder.ts";
import type { PollContext } from "./normalise/normalise.ts";
import type { Draft } from "./record.ts";

const CONTEXT: PollContext = {
  gateway: "gw",
  site: null,
  deviceId: "inv",
  unitId: 1,
  identity: { manufacturer: "M", model: "X", serial: "1", firmware: null },
  slotsMissed: 0,
  intervalMs: 10_000,
  sampledAtMs: 1_700_000_000_000,
  readDurationMs: 40,
  clockSynced: true,
};

type Chain = readonly (readonly [ModelDefinition, Points])[];

function draft(chain: Chain, desk: Desk, atMs = 0): Draft[] {
  const models = chain.map(([{ id }, points], at): DecodedModel => {
    return { id, address: 100 * at, length: 0, points, flags: [] };
  });
  const planned = chain.map(([definition]) => ({ definition }));
  return desk.draft(CONTEXT, models, planned, atMs);
}

function play(chain: Chain, prefer: Preference = "float"): Draft[] {
  return draft(chain, createDesk({ prefer }));
}

function common(
  Mn: string | null,
  Md: string | null,
  SN: string | null,
): Chain[number] {
  return [MODEL_1, { Mn, Md, Opt: null, Vr: "2", SN }];
}

const OWN = common("M", "X", "1");

Deno.test("a second model 1 begins a sub-device with an identity of its own", () => {
  const drafts = play([
    OWN,
    [MODEL_103, { W: 900 }],
    common("Meters", "E5", "77"),
    [MODEL_203, { W: 400 }],
    common("Meters", "E5", "78"),
    [MODEL_203, { W: 500 }],
  ]);
  deepStrictEqual(
    drafts.map(({ type, source, fields }) => [
      type,
      source.device_id,
      source.manufacturer,
      source.serial,
      fields["ac_power_w"],
    ]),
    [
      ["NormalizedInverterData", "inv", "M", "1", 900],
      ["NormalizedMeterData", "inv.2", "Meters", "77", 400],
      ["NormalizedMeterData", "inv.3", "Meters", "78", 500],
    ],
  );
});

Deno.test("two of a kind before a second model 1 have ids that no sub-device has", () => {
  const drafts = play([
    OWN,
    [MODEL_103, { W: 1 }],
    [MODEL_103, { W: 2 }],
    common("M", "X", "2"),
    [MODEL_103, { W: 3 }],
  ]);
  deepStrictEqual(drafts.map(({ source }) => source.device_id), [
    "inv.1.1",
    "inv.1.2",
    "inv.2",
  ]);
});

Deno.test("a sub-device that does not say who it is has no name, and keeps its id", () => {
  const [, meter] = play([
    OWN,
    [MODEL_103, { W: 1 }],
    common(null, null, null),
    [MODEL_203, { W: 2 }],
  ]);
  deepStrictEqual([meter?.source.device_id, meter?.source.serial], ["inv.2", null]);
});

Deno.test("a sub-device stays one where by night no model 1 says anything", () => {
  const desk = createDesk({});
  const blank = common(null, null, null);
  for (
    const [first, second] of [[OWN, common("M", "E5", "2")], [blank, blank]] as const
  ) {
    const drafts = draft(
      [first, [MODEL_103, { W: 1 }], second, [MODEL_203, { W: 2 }]],
      desk,
    );
    deepStrictEqual(drafts.map(({ source }) => source.device_id), ["inv", "inv.2"]);
  }
});

Deno.test("a model 1 that repeats the one before it begins no sub-device", () => {
  const drafts = play([OWN, [MODEL_103, { W: 1 }], OWN, [MODEL_203, { W: 2 }]]);
  deepStrictEqual(drafts.map(({ source }) => source.device_id), ["inv", "inv"]);
});

Deno.test("the counters of a sub-device that is swapped begin anew, those beside it do not", () => {
  const desk = createDesk({});
  const chain = (serial: string, counter: number): Chain => [
    OWN,
    [MODEL_103, { WH: counter }],
    common("Meters", "E5", serial),
    [MODEL_203, { TotWhExp: counter }],
  ];
  draft(chain("77", 5_000), desk);
  const [inverter, meter] = draft(chain("99", 12), desk, 10_000);
  deepStrictEqual(inverter?.source.flags, ["ac_energy_wh:counter-back"]);
  strictEqual(inverter?.fields["ac_energy_wh"], null);
  strictEqual(meter?.fields["exported_energy_wh"], 12);
});

Deno.test("an inverter shown as integers and as floats is one record, of the form that is preferred", () => {
  const chain: Chain = [OWN, [MODEL_103, { W: 900 }], [MODEL_113, { W: 901.5 }]];
  const powers = (prefer: Preference) =>
    play(chain, prefer).map(({ fields }) => fields["ac_power_w"]);
  deepStrictEqual(powers("float"), [901.5]);
  deepStrictEqual(powers("integer"), [900]);
});
