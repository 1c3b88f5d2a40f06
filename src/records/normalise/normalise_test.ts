import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  CONTEXT,
  fill,
  GROUPS,
  inputs,
  model,
  place,
} from "../../testing/devices/decoded_models.ts";
import type {
  DecodedModel,
  DecodeFlag,
  Points,
  PointValue,
} from "../../sunspec/decode/decode.ts";
import type { GroupDefinition } from "../../sunspec/definition/definition.ts";
import { createCodec } from "../avro/codec.ts";
import { FIELD_MAPPINGS } from "./field_mappings.ts";
import { normalise } from "./normalise.ts";
import { NORMALISED_MODELS } from "./normalised_models.ts";

Deno.test("normalise(): records contain finite numbers or null and can be encoded, for any point values", () => {
  const codec = createCodec();
  const value = fc.oneof(
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.constantFrom(null, NaN, Infinity, -0, 2 ** 32),
  );
  const model = fc.record({
    id: fc.constantFrom(1, ...NORMALISED_MODELS),
    values: fc.array(value, { minLength: 1, maxLength: 40 }),
  });
  fc.assert(fc.property(fc.array(model, { maxLength: 5 }), (made) => {
    const models = made.map(({ id, values }, index) => fill(id, index, values));
    for (const draft of normalise(CONTEXT, models)) {
      const numbering = { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };
      ok(codec.decode(codec.encode(draft, numbering)).ok);
      JSON.stringify(draft, (_, inner) => {
        if (typeof inner === "number") ok(Number.isFinite(inner));
        return inner;
      });
    }
  }));
});

/** Points that are not readings: header, group counts, commands, times, padding. */
const EXCLUDED =
  /^(ID|L|N|NPrt|TmsPer)$|(^|\.)(Tms|Pad\d*|AlmRst|SetOp|SetInvState|(Str)?Set(Ena|Con))$/;

Deno.test("normalise(): every reading of the normalised models is in the record", () => {
  for (const id of NORMALISED_MODELS) {
    const group = GROUPS.get(id);
    ok(group);
    const expected = new Map<string, number>();
    const points = numberReadings(group, expected);
    const model: DecodedModel = { id, address: 0, length: 0, points, flags: [] };
    const models = [160, 714, 120, 121, 122].includes(id)
      ? [fill(103, 9, [null]), model]
      : [model];
    const text = JSON.stringify(normalise(CONTEXT, models)[0]?.fields);
    for (const [path, value] of expected) {
      ok(text.includes(`:${value}`), `${id}.${path} is missing`);
    }
  }
});

Deno.test("FIELD_MAPPINGS: every mapped point exists, and every other point is excluded explicitly", () => {
  for (const { models, fields } of Object.values(FIELD_MAPPINGS).flat()) {
    for (const id of models) {
      const group = GROUPS.get(id);
      ok(group);
      const paths = pathsOf(group, "");
      for (const path of fields.keys()) ok(paths.includes(path), `${id}.${path}`);
      for (const path of paths) {
        if (!EXCLUDED.test(path)) ok(fields.has(path), `${id}.${path} feeds nothing`);
      }
    }
  }
});

/** Assigns a unique number to every reading, and adds it to `expected` by path. */
function numberReadings(
  group: GroupDefinition,
  expected: Map<string, number>,
  before = "",
): Points {
  const values: Record<string, PointValue | readonly Points[]> = {};
  for (const { name, type } of group.points) {
    const path = before + name;
    values[name] = null;
    // The index in 804 is used to find the string in 803.
    if (EXCLUDED.test(path) || name === "Idx") continue;
    if (/^(bitfield|string|sunssf)/.test(type)) continue;
    const value = 1_000 + expected.size;
    values[name] = value;
    expected.set(path, value);
  }
  for (const inner of group.groups) {
    values[inner.name] = [numberReadings(inner, expected, `${before}${inner.name}.`)];
  }
  return values;
}

/** The paths of all points except scale factors. */
function pathsOf({ points, groups }: GroupDefinition, before: string): string[] {
  return [
    ...points.filter(({ type }) => type !== "sunssf").map(({ name }) => before + name),
    ...groups.flatMap((inner) => pathsOf(inner, `${before}${inner.name}.`)),
  ];
}

Deno.test("normalise(): a device without a normalised kind has no record", () => {
  deepStrictEqual(normalise(CONTEXT, []), []);
  deepStrictEqual(normalise(CONTEXT, [model(1), model(160)]), []);
});

Deno.test("normalise(): the source comes from the poll context", () => {
  const [draft] = normalise(CONTEXT, [model(1), model(103, { W: 5 })]);
  deepStrictEqual(draft?.source, {
    gateway: "gw",
    site: null,
    ["device_id"]: "dev",
    ["unit_id"]: 1,
    manufacturer: "M",
    model: "X",
    serial: "1",
    firmware: null,
    ["slots_missed"]: 2,
    ["interval_ms"]: 10_000,
    ["sampled_at"]: 1_700_000_000_000,
    ["read_duration_ms"]: 42,
    ["clock_synced"]: true,
    quality: "good",
    flags: [],
  });
});

Deno.test("normalise(): an inverter in integers and floats is one record", () => {
  const integer = model(103, { W: 5, St: 4 });
  const float = model(113, { W: 5.25, St: 4 });
  const power = (models: DecodedModel[], prefer?: "integer"): unknown[] =>
    normalise(CONTEXT, models, prefer && { prefer }).map(({ source, fields }) => [
      source.device_id,
      fields["sunspec_model_id"],
      fields["ac_power_w"],
    ]);
  deepStrictEqual(power([integer, float]), [["dev", 113, 5.25]]);
  deepStrictEqual(power([integer, float], "integer"), [["dev", 103, 5]]);
  deepStrictEqual(power([integer, model(113, { St: 4 })]), [["dev", 103, 5]]);
  deepStrictEqual(power([model(103, { St: 4 }), float], "integer"), [[
    "dev",
    113,
    5.25,
  ]]);
  // At night both are empty: one record, from the preferred variant.
  deepStrictEqual(power([model(103), model(113)]), [["dev", 113, null]]);
});

Deno.test("normalise(): two inverters are two sub-devices, each with its own inputs", () => {
  const chain = [
    place(model(103, { W: 1 }), 100),
    place(inputs([11]), 200),
    place(model(103, { W: 2 }), 300),
    place(inputs([21, 22]), 400),
    place(model(203, { W: 9 }), 500),
  ];
  deepStrictEqual(
    normalise(CONTEXT, chain).map(({ type, source, fields }) => [
      type,
      source.device_id,
      fields["ac_power_w"],
      stringPowers(fields["strings"]),
    ]),
    [
      ["NormalizedInverterData", "dev.1", 1, [11]],
      ["NormalizedInverterData", "dev.2", 2, [21, 22]],
      ["NormalizedMeterData", "dev", 9, null],
    ],
  );
});

Deno.test("normalise(): all inputs belong to a single inverter, and flags use their index in the whole list", () => {
  const chain = [
    place(inputs([11], [{ path: "Evt", reason: "bitfield-invalid" }]), 100),
    place(model(101, {}), 200),
    place(inputs([21, 22], [{ path: "module[1].DCA", reason: "scale-absent" }]), 300),
  ];
  const [draft] = normalise(CONTEXT, chain);
  deepStrictEqual(stringPowers(draft?.fields["strings"]), [11, 21, 22]);
  deepStrictEqual(draft?.source.flags, [
    "strings[2].dc_current_a:scale-absent",
    "strings_events:bitfield-invalid",
  ]);
  strictEqual(draft?.source.quality, "partial");
});

Deno.test("normalise(): flags name the record's fields, sorted and without duplicates", () => {
  const flags: DecodeFlag[] = [
    { path: "W", reason: "scale-absent" },
    { path: "L", reason: "length-long" },
    { path: "W", reason: "scale-absent" },
    { path: "St", reason: "register-unread" },
  ];
  const [draft] = normalise(CONTEXT, [model(103, {}, flags)]);
  deepStrictEqual(draft?.source.flags, [
    "ac_power_w:scale-absent",
    "model_103.L:length-long",
    "state_code:register-unread",
  ]);
});

Deno.test("normalise(): states and events are symbols, or numbered if they have none", () => {
  const points = {
    St: 17,
    StVnd: 3,
    Evt1: 0x10001,
    Evt2: 0,
    EvtVnd1: 6,
    EvtVnd2: null,
  };
  const fields = normalise(CONTEXT, [model(111, points)])[0]?.fields ?? {};
  strictEqual(fields["state"], "UNKNOWN(17)");
  strictEqual(fields["state_code"], 17);
  strictEqual(fields["vendor_state_code"], 3);
  deepStrictEqual(fields["events"], ["GROUND_FAULT", "bit_16"]);
  deepStrictEqual(fields["events_2"], []);
  deepStrictEqual(fields["vendor_events_1"], ["bit_1", "bit_2"]);
  strictEqual(fields["vendor_events_2"], null);
});

function stringPowers(strings: unknown): unknown[] | null {
  return Array.isArray(strings)
    ? strings.map((one: Record<string, unknown>) => one["dc_power_w"])
    : null;
}
