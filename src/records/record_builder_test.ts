import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MODEL_1 } from "../../models/model_1.ts";
import { MODEL_103 } from "../../models/model_103.ts";
import { MODEL_113 } from "../../models/model_113.ts";
import { MODEL_203 } from "../../models/model_203.ts";
import type { Points } from "../sunspec/decode/decode.ts";
import { readingOf } from "../sunspec/decode/named_reading.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import {
  createRecordBuilder,
  type ModelPreference,
  type RecordBuilder,
} from "./record_builder.ts";
import { UNKNOWN_IDENTITY } from "../sunspec/identity.ts";
import type { PollContext } from "./draft.ts";
import type { Draft } from "./record.ts";

const CONTEXT: PollContext = {
  gateway: "gw",
  site: null,
  deviceId: "inv",
  unitId: 1,
  identity: { ...UNKNOWN_IDENTITY, manufacturer: "M", model: "X", serial: "1" },
  slotsMissed: 0,
  intervalMs: 10_000,
  sampledAtMs: 1_700_000_000_000,
  readDurationMs: 40,
  clockSynced: true,
};

type Chain = readonly (readonly [ModelDefinition, Points])[];

function build(
  chain: Chain,
  builder: RecordBuilder,
  atMs = 0,
  prefer: ModelPreference = "float",
): Draft[] {
  const models = chain.map(([definition, points], at) => {
    const place = { id: definition.id, address: 100 * at, length: 0 };
    return readingOf(definition, { ...place, points, flags: [] });
  });
  return builder.build(CONTEXT, models, atMs, { prefer });
}

function buildFirst(chain: Chain, prefer?: ModelPreference): Draft[] {
  return build(chain, createRecordBuilder(), 0, prefer);
}

function common(
  Mn: string | null,
  Md: string | null,
  SN: string | null,
): Chain[number] {
  return [MODEL_1, { Mn, Md, Opt: null, Vr: "2", SN }];
}

const OWN = common("M", "X", "1");

Deno.test("a second model 1 begins a sub-device with its own identity", () => {
  const drafts = buildFirst([
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

Deno.test("two models of one kind before a second model 1 do not take the id of a sub-device", () => {
  const drafts = buildFirst([
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

Deno.test("a sub-device without texts keeps its id and has no identity", () => {
  const [, meter] = buildFirst([
    OWN,
    [MODEL_103, { W: 1 }],
    common(null, null, null),
    [MODEL_203, { W: 2 }],
  ]);
  deepStrictEqual([meter?.source.device_id, meter?.source.serial], ["inv.2", null]);
});

Deno.test("a sub-device keeps its id at night when model 1 is empty", () => {
  const builder = createRecordBuilder();
  const blank = common(null, null, null);
  for (
    const [first, second] of [[OWN, common("M", "E5", "2")], [blank, blank]] as const
  ) {
    const drafts = build(
      [first, [MODEL_103, { W: 1 }], second, [MODEL_203, { W: 2 }]],
      builder,
    );
    deepStrictEqual(drafts.map(({ source }) => source.device_id), ["inv", "inv.2"]);
  }
});

Deno.test("a model 1 that repeats the previous one does not begin a sub-device", () => {
  const drafts = buildFirst([OWN, [MODEL_103, { W: 1 }], OWN, [MODEL_203, { W: 2 }]]);
  deepStrictEqual(drafts.map(({ source }) => source.device_id), ["inv", "inv"]);
});

Deno.test("a replaced sub-device starts with new counters, the other parts do not", () => {
  const builder = createRecordBuilder();
  const chain = (serial: string, counter: number): Chain => [
    OWN,
    [MODEL_103, { WH: counter }],
    common("Meters", "E5", serial),
    [MODEL_203, { TotWhExp: counter }],
  ];
  build(chain("77", 5_000), builder);
  const [inverter, meter] = build(chain("99", 12), builder, 10_000);
  deepStrictEqual(inverter?.source.flags, ["ac_energy_wh:counter-back"]);
  strictEqual(inverter?.fields["ac_energy_wh"], null);
  strictEqual(meter?.fields["exported_energy_wh"], 12);
});

Deno.test("an inverter with an integer and a float model gives one record, of the preferred variant", () => {
  const chain: Chain = [OWN, [MODEL_103, { W: 900 }], [MODEL_113, { W: 901.5 }]];
  const powers = (prefer: ModelPreference) =>
    buildFirst(chain, prefer).map(({ fields }) => fields["ac_power_w"]);
  deepStrictEqual(powers("float"), [901.5]);
  deepStrictEqual(powers("integer"), [900]);
});
