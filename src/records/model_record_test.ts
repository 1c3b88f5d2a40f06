import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CONTEXT, pointsOf } from "../testing/devices/decoded_models.ts";
import { loadDefinition, MODEL_IDS } from "../../models/index.ts";
import type { DecodedModel, Points } from "../sunspec/decode/decode.ts";
import type {
  GroupDefinition,
  ModelDefinition,
} from "../sunspec/definition/definition.ts";
import { createCodec } from "./avro/codec.ts";
import { readRecordHead } from "./avro/payload_head.ts";
import { modelDrafts } from "./model_record.ts";
import { modelSchema } from "./avro/model_schema.ts";
import { modelWriterSchema } from "./avro/writer_schema.ts";

const POSITION = { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };

const DEFINITIONS: readonly ModelDefinition[] =
  (await Promise.all(MODEL_IDS.map(loadDefinition))).filter((one) => one !== undefined);

Deno.test("modelDrafts(): the record of every model can be encoded for any point values", () => {
  const codec = createCodec();
  const value = fc.oneof(
    fc.double(),
    fc.bigInt(),
    fc.string(),
    fc.constantFrom(null, NaN, 0, -1, 65_534, 2 ** 31),
  );
  strictEqual(DEFINITIONS.length, 112);
  for (const definition of DEFINITIONS) {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const points = pointsOf(definition.group, values);
        const [draft] = modelDrafts(CONTEXT, [defined(definition, points)]);
        ok(draft);
        const payload = codec.encode(draft, POSITION);
        const decoded = codec.decode(payload);
        ok(decoded.ok && decoded.value.type === `SunSpecModel${definition.id}`);
        strictEqual(readRecordHead(payload)?.deviceId, "dev");
      }),
      { numRuns: 2, seed: 1 },
    );
  }
});

Deno.test("modelSchema() contains every point except padding under SunSpec's own name", () => {
  for (const definition of DEFINITIONS) {
    const text = JSON.stringify(modelSchema(definition));
    for (const name of namesOf(definition.group)) {
      ok(
        text.includes(`"name":"${name}"`) || text.includes(`"sunspec_name":"${name}"`),
        `${definition.id}.${name}`,
      );
    }
  }
});

Deno.test("the published schemas are the ones that modelWriterSchema() returns", async () => {
  for (const definition of DEFINITIONS) {
    const file = new URL(
      `../../models/avro/sunspec/SunSpecModel${definition.id}.avsc`,
      import.meta.url,
    );
    deepStrictEqual(
      JSON.parse(await Deno.readTextFile(file)),
      JSON.parse(modelWriterSchema(definition).text),
    );
  }
});

Deno.test("modelDrafts(): an enum becomes a symbol and a number, a bitfield symbols, a group a list; invalid values are null", async () => {
  const inverter = await loadDefinition(111);
  const mppt = await loadDefinition(160);
  ok(inverter !== undefined && mppt !== undefined);
  const [first, second] = modelDrafts(CONTEXT, [
    defined(inverter, { W: 5.5, St: 4, StVnd: 3, Evt1: 0x20001, WH: NaN }),
    defined(mppt, {
      N: 2,
      DCW_SF: -1,
      module: [{ ID: 1, DCW: 7 }, { ID: 2, IDStr: "W" }],
    }),
  ]);
  strictEqual(first?.type, "SunSpecModel111");
  const { W, WH, St, St_code, StVnd, StVnd_code, Evt1 } = first.fields;
  deepStrictEqual([W, WH, St, St_code], [5.5, null, "ggMPPT", 4]);
  deepStrictEqual([StVnd, StVnd_code], ["UNKNOWN(3)", 3]);
  deepStrictEqual(Evt1, ["GROUND_FAULT", "bit_17"]);
  const { module } = second?.fields ?? {};
  ok(Array.isArray(module));
  deepStrictEqual(
    module.map(({ ID, DCW, IDStr }) => [ID, DCW, IDStr]),
    [[1, 7, null], [2, null, "W"]],
  );
});

Deno.test("modelDrafts(): two models with one id are two streams, and flags name SunSpec's paths", async () => {
  const meter = await loadDefinition(203);
  ok(meter);
  const flagged: DecodedModel = {
    ...defined(meter, {}).model,
    flags: [{ path: "W", reason: "scale-absent" }],
  };
  const drafts = modelDrafts(CONTEXT, [
    { model: flagged, definition: meter },
    defined(meter, {}),
  ]);
  deepStrictEqual(
    drafts.map(({ source }) => [source.device_id, source.flags, source.quality]),
    [["dev.1", ["W:scale-absent"], "partial"], ["dev.2", [], "good"]],
  );
});

Deno.test("modelSchema() changes names that Avro rejects or that the envelope has, and keeps the original in sunspec_name", () => {
  const definition: ModelDefinition = {
    id: 65_000,
    name: "vendor",
    group: {
      name: "vendor",
      count: 1,
      size: 4,
      points: ["model", "St", "St_code", "1st-rate"].map((name, offset) => ({
        name,
        type: name === "St" ? "enum16" : "uint16",
        size: 1,
        offset,
      })),
      groups: [],
    },
  };
  const names = modelSchema(definition).fields.slice(19).map((
    { name, sunspec_name },
  ) => [
    name,
    sunspec_name ?? null,
  ]);
  deepStrictEqual(names, [
    ["model_", "model"],
    ["St", null],
    ["St_code", null],
    ["St_code_", "St_code"],
    ["_1st_rate", "1st-rate"],
  ]);
  const points = { model: 1, St: 2, ["St_code"]: 3, ["1st-rate"]: 4 };
  const [draft] = modelDrafts(CONTEXT, [defined(definition, points)]);
  deepStrictEqual(draft?.fields, {
    model_: 1,
    St: "UNKNOWN(2)",
    ["St_code"]: 2,
    ["St_code_"]: 3,
    ["_1st_rate"]: 4,
  });
  const codec = createCodec();
  const decoded = codec.decode(codec.encode(draft, POSITION));
  ok(decoded.ok);
  strictEqual(decoded.value.record["model"], "X");
});

Deno.test("modelDrafts() encodes groups whose Avro names collide, and names of JavaScript's own properties", () => {
  const group = (name: string, groups: readonly GroupDefinition[] = []) => ({
    name,
    count: 1,
    size: 1,
    points: [{ name: "constructor", type: "uint16" as const, size: 1, offset: 0 }],
    groups,
  });
  const definition: ModelDefinition = {
    id: 65_001,
    name: "vendor",
    group: group("vendor", [group("a-b"), group("a_b"), group("toString")]),
  };
  const inner = [{ constructor: 7 }];
  const points = { constructor: 5, ["a-b"]: inner, ["a_b"]: inner, toString: inner };
  const [draft] = modelDrafts(CONTEXT, [
    defined(definition, points as unknown as Points),
  ]);
  ok(draft);
  const codec = createCodec();
  const decoded = codec.decode(codec.encode(draft, POSITION));
  ok(decoded.ok);
  const { a_b, a_b_, toString } = JSON.parse(JSON.stringify(decoded.value.record));
  deepStrictEqual([a_b, a_b_, toString], [inner, inner, inner]);
});

Deno.test("createCodec() calls onSchema once, at the first record of a schema", async () => {
  const reported: string[] = [];
  const codec = createCodec(({ fingerprint }) => void reported.push(fingerprint));
  deepStrictEqual(reported, []);
  const common = await loadDefinition(1);
  ok(common);
  const [draft] = modelDrafts(CONTEXT, [defined(common, {})]);
  ok(draft);
  codec.encode(draft, POSITION);
  codec.encode(draft, POSITION);
  deepStrictEqual(reported, [modelWriterSchema(common).fingerprint]);
});

function defined(definition: ModelDefinition, points: Points) {
  const model = { id: definition.id, address: 0, length: 0, points, flags: [] };
  return { model, definition };
}

function namesOf({ points, groups }: GroupDefinition): string[] {
  return [
    ...points.filter(({ type }) => type !== "pad").map(({ name }) => name),
    ...groups.flatMap((inner) => [inner.name, ...namesOf(inner)]),
  ];
}
