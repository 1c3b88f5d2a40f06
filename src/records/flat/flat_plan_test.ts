import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../../models/index.ts";
import {
  type ModelRegisters,
  modelRegisters,
  REGISTER,
} from "../../testing/devices/arbitrary_registers.ts";
import { CONTEXT } from "../../testing/devices/decoded_models.ts";
import { decodeByDefinition } from "../../testing/devices/reference_decoder.ts";
import { testWithSharedDevices } from "../../testing/devices/shared_devices.ts";
import { toNamed } from "../../sunspec/decode/decode.ts";
import { type ModelReading, readModel } from "../../sunspec/decode/model_reading.ts";
import { pointTableOf } from "../../sunspec/decode/point_table.ts";
import { singleReadSource } from "../../sunspec/decode/register_source.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { type Codec, createCodec } from "../avro/codec.ts";
import { normalise } from "../normalise/normalise.ts";
import { NORMALISED_MODELS } from "../normalise/normalised_models.ts";
import { createRecordBuilder, type ModelPreference } from "../record_builder.ts";
import type { Draft, StreamPosition } from "../record.ts";
import { flagTime } from "../time_quality.ts";
import { createFlatNormaliser } from "./flat_plan.ts";

const DEFINITIONS = new Map<number, ModelDefinition>();
for (const id of NORMALISED_MODELS) {
  const definition = await loadDefinition(id);
  if (definition !== undefined) DEFINITIONS.set(id, definition);
}

/** Chains whose records are written directly, at least in part. */
const FLAT_CHAINS = [
  [103],
  [101, 160],
  [112, 160],
  [113, 203],
  [103, 160, 204],
  [102, 160, 103, 160, 201],
  [211, 212, 202],
  [103, 124, 203],
  [160, 103, 307, 213],
];

/** A model in a chain. */
interface ChainModel extends ModelRegisters {
  readonly definition: ModelDefinition;
}

const CHAIN = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...FLAT_CHAINS) },
  fc.array(fc.constantFrom(...DEFINITIONS.keys()), { minLength: 1, maxLength: 4 }),
).chain((ids): fc.Arbitrary<ChainModel[]> => {
  const models = ids.flatMap((id) => DEFINITIONS.get(id) ?? []);
  return fc.tuple(
    ...models.map((definition) =>
      modelRegisters(definition.group).map((model) => ({ ...model, definition }))
    ),
  );
});

function readChain(chain: readonly ChainModel[]): ModelReading[] {
  return chain.map(({ definition, length, registers }, nth) => {
    const source = singleReadSource(Uint16Array.from(registers));
    const at = { id: definition.id, address: 1_000 * nth, length };
    const reading = readModel(pointTableOf(definition, length, source), at, source);
    deepStrictEqual(toNamed(reading), decodeByDefinition(definition, at, source));
    return reading;
  });
}

/** The payload of a draft, and that of the same draft as an object, which avsc encodes. */
function bothPayloads(
  codec: Codec,
  draft: Draft,
  seq: number,
): [Uint8Array, Uint8Array] {
  const { type, source, fields } = draft;
  const position: StreamPosition = {
    epoch: 1_800_000_000,
    seq,
    ["prev_epoch"]: seq === 1 ? 1_700_000_000 : null,
    ["prev_seq"]: seq === 1 ? 2 ** 40 : null,
  };
  const named = { type, source, fields };
  // The time of every other draft is that of a clock that cannot be right.
  const [one, other] = seq % 2 === 0
    ? [draft, named]
    : [flagTime(draft), flagTime(named)];
  return [codec.encode(one, position), codec.encode(other, position)];
}

Deno.test("drafts that are written directly are those of normalise(), and their bytes those of avsc", () => {
  const codec = createCodec();
  const change = fc.record({ model: fc.nat(4), at: fc.nat(150), to: REGISTER });
  const changes = fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 4 });
  const prefer = fc.constantFrom<ModelPreference>("float", "integer");
  const found = { flat: 0, named: 0, flagged: 0 };
  fc.assert(
    fc.property(CHAIN, changes, prefer, (chain, later, prefer) => {
      const normaliser = createFlatNormaliser();
      const now = chain.map((model) => ({ ...model, registers: [...model.registers] }));
      for (const poll of [[], ...later]) {
        for (const { model, at, to } of poll) {
          const registers = now[model]?.registers;
          if (registers !== undefined && at < registers.length) registers[at] = to;
        }
        const readings = readChain(now);
        const drafts = normaliser.normalise(CONTEXT, readings, { prefer });
        const expected = normalise(CONTEXT, readings.map(toNamed), { prefer });
        deepStrictEqual(
          drafts.map(({ type, source, fields }) => ({ type, source, fields })),
          expected,
        );
        for (const [nth, draft] of drafts.entries()) {
          const [direct, byAvsc] = bothPayloads(codec, draft, nth + 1);
          deepStrictEqual(direct, byAvsc);
          found[draft.flat === undefined ? "named" : "flat"]++;
          if (draft.source.flags.length > 0) found.flagged++;
        }
      }
    }),
    { numRuns: 250 },
  );
  ok(
    found.flat > 300 && found.named > 50 && found.flagged > 100,
    JSON.stringify(found),
  );
});

Deno.test("counters that rise, wrap, fall and jump: the bytes of every poll are those of avsc", () => {
  const codec = createCodec();
  const rise = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 50 }) },
    fc.constantFrom(40_000, 65_536, 2 ** 31),
    fc.integer({ min: -3_000, max: -1 }),
  );
  const withheld = { polls: 0, records: 0 };
  fc.assert(
    fc.property(
      CHAIN,
      fc.array(rise, { minLength: 3, maxLength: 12 }),
      (chain, rises) => {
        const builder = createRecordBuilder();
        const now = chain.map((model) => ({
          ...model,
          registers: [...model.registers],
        }));
        for (const [poll, by] of rises.entries()) {
          for (const { definition, registers } of now) {
            for (const { type, offset } of definition.group.points) {
              if (!/^(?:acc|uint)32$/.test(type)) continue;
              const high = registers[offset] ?? 0;
              const next = high * 0x1_0000 + (registers[offset + 1] ?? 0) + by;
              registers[offset] = (next / 0x1_0000) & 0xffff;
              registers[offset + 1] = next & 0xffff;
            }
          }
          const readings = readChain(now);
          const before = readings.map(({ values }) => [...values]);
          for (const draft of builder.build(CONTEXT, readings, 10_000 * poll)) {
            const [direct, byAvsc] = bothPayloads(codec, draft, poll + 1);
            deepStrictEqual(direct, byAvsc);
            withheld.records++;
            if (draft.source.flags.some((flag) => flag.includes(":counter-"))) {
              withheld
                .polls++;
            }
          }
          // The values of model records are not filtered.
          deepStrictEqual(readings.map(({ values }) => values), before);
        }
      },
    ),
    { numRuns: 120 },
  );
  ok(withheld.polls > 50 && withheld.records > 300, JSON.stringify(withheld));
});

testWithSharedDevices(
  "the records of every dump are written directly as avsc encodes them",
  (devices) => {
    const codec = createCodec();
    const counts = { flat: 0, named: 0 };
    for (const { dump: { base, registers, models } } of devices) {
      const chain: ChainModel[] = [];
      for (const { id, addr, len } of models) {
        const definition = DEFINITIONS.get(id);
        if (definition === undefined) continue;
        const own = registers.slice(addr - base, addr - base + len + 2);
        chain.push({
          definition,
          length: len,
          registers: own.map((each) => each ?? 0),
        });
      }
      const readings = readChain(chain);
      const drafts = createFlatNormaliser().normalise(CONTEXT, readings);
      const expected = normalise(CONTEXT, readings.map(toNamed));
      strictEqual(drafts.length, expected.length);
      for (const [nth, draft] of drafts.entries()) {
        const { type, source, fields } = draft;
        deepStrictEqual({ type, source, fields }, expected[nth]);
        const [direct, byAvsc] = bothPayloads(codec, draft, nth + 1);
        deepStrictEqual(direct, byAvsc);
        counts[draft.flat === undefined ? "named" : "flat"]++;
      }
    }
    ok(counts.flat > 0, JSON.stringify(counts));
  },
);
