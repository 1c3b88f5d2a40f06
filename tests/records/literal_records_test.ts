import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../models/index.ts";
import { createFakeClock } from "../../src/testing/fake_clock.ts";
import { discoverDevice, STANDARD_BASES } from "../../src/discovery/probe.ts";
import { readRegisters } from "../../src/poller/read_registers.ts";
import { decodeImage } from "../../src/sunspec/decode/image_decode.ts";
import { PROTOCOL_LIMITS } from "../../src/sunspec/plan/read_plan.ts";
import { type PlannedModel, planPoll } from "../../src/sunspec/plan/poll_plan.ts";
import { createCodec } from "../../src/records/avro/codec.ts";
import {
  createRecordBuilder,
  type Publication,
} from "../../src/records/record_builder.ts";
import type { Draft } from "../../src/records/record.ts";
import { CONTEXT } from "../../src/testing/devices/decoded_models.ts";
import { createFakeReader } from "../../src/testing/devices/fake_reader.ts";
import {
  DER,
  RECORD_DEVICES,
  type RecordDevice,
} from "../../src/testing/devices/record_devices.ts";

const NEVER = new AbortController().signal;
const POSITION = { epoch: 1, seq: 1, ["prev_epoch"]: null, ["prev_seq"]: null };

for (const device of RECORD_DEVICES) {
  Deno.test(`the records of the literal ${device.name} match the hand-computed ones`, async () => {
    const drafts = await draftsOf(device, ["normalized"]);
    deepStrictEqual(
      drafts.map(({ type, source }) => [type, source.device_id, source.flags]),
      device.records.map(({ type, suffix, flags = [] }) => [
        type,
        `dev${suffix}`,
        flags,
      ]),
    );
    const codec = createCodec();
    for (const [at, { fields }] of device.records.entries()) {
      const draft = drafts[at];
      ok(draft);
      compare(draft.fields, fields, draft.type);
      const read = codec.decode(codec.encode(draft, POSITION));
      ok(read.ok);
      compare(read.value.record, fields, draft.type);
    }
  });
}

Deno.test("publish = normalized and models: the model records contain the values of each model, next to the normalised ones", async () => {
  const drafts = await draftsOf(DER, ["normalized", "models"]);
  const models = drafts.filter(({ definition }) => definition !== undefined);
  deepStrictEqual(
    models.map(({ type }) => type),
    [1, 120, 121, 122, 701, 713, 714].map((id) => `SunSpecModel${id}`),
  );
  strictEqual(drafts.length - models.length, DER.records.length);
  const of = (type: string): Draft["fields"] =>
    models.find((draft) => draft.type === type)?.fields ?? {};
  compare(of("SunSpecModel701"), {
    W: -3_200,
    ["W_SF"]: 1,
    InvSt: "THROTTLED",
    ["InvSt_code"]: 4,
    Alrm: ["OVER_TEMP", "MANUFACTURER_ALRM"],
    TotWhInj: 9_007_199_254_740_996,
    MnAlrmInfo: "Fan 2",
  }, "701");
  compare(of("SunSpecModel714"), {
    NPrt: 2,
    Prt: [{ PrtTyp: "PV", DCW: 7_280 }, {
      PrtTyp: "ESS",
      ["PrtTyp_code"]: 1,
      Tmp: null,
    }],
  }, "714");
  const codec = createCodec();
  for (const draft of models) ok(codec.decode(codec.encode(draft, POSITION)).ok);
});

/** Discovers, polls and normalises a device that is simulated from its registers. */
async function draftsOf(
  device: RecordDevice,
  publish: readonly Publication[],
): Promise<Draft[]> {
  const reader = createFakeReader(device);
  const found = await discoverDevice(
    reader,
    { unitId: 1, bases: STANDARD_BASES, timeoutMs: 1_000 },
    NEVER,
  );
  ok(found.ok);
  const models: PlannedModel[] = [];
  for (const at of found.value.models) {
    const definition = await loadDefinition(at.id);
    if (definition !== undefined) models.push({ at, definition });
  }
  const plan = planPoll(models, found.value.base, PROTOCOL_LIMITS);
  const reading = await readRegisters(
    reader,
    found.value,
    plan,
    { timeoutMs: 1_000 },
    createFakeClock({ wallMs: 0 }),
    NEVER,
  );
  ok(reading.ok);
  return createRecordBuilder().build(
    CONTEXT,
    decodeImage(plan, reading.value.image),
    0,
    { publish },
  );
}

/** Compares the expected values, recursively in lists and records; other fields are ignored. */
function compare(found: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    ok(Array.isArray(found), `${path} is not a list`);
    strictEqual(found.length, expected.length, path);
    expected.forEach((each, at) => compare(found[at], each, `${path}[${at}]`));
  } else if (typeof expected === "object" && expected !== null) {
    ok(typeof found === "object" && found !== null, `${path} is ${found}`);
    const fields = new Map<string, unknown>(Object.entries(found));
    for (const [name, each] of Object.entries(expected)) {
      compare(fields.get(name), each, `${path}.${name}`);
    }
  } else strictEqual(found, expected, path);
}
