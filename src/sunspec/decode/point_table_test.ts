import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import { MODEL_160 } from "../../../models/model_160.ts";
import {
  type ModelRegisters,
  modelRegisters,
  REGISTER,
} from "../../testing/devices/arbitrary_registers.ts";
import { decodeByDefinition } from "../../testing/devices/reference_decoder.ts";
import type {
  GroupDefinition,
  ModelDefinition,
  PointDefinition,
} from "../definition/definition.ts";
import { PROTOCOL_LIMITS } from "../plan/read_plan.ts";
import { createRegisterImage, planPoll } from "../plan/poll_plan.ts";
import { toNamed } from "./decode.ts";
import type { FaultySpan } from "./decoded.ts";
import { decodeImage } from "./image_decode.ts";
import { sourceOf } from "./model_source.ts";
import { readModel } from "./model_reading.ts";
import { readingOf } from "./named_reading.ts";
import { pointTableOf } from "./point_table.ts";
import { singleReadSource } from "./register_source.ts";

const DEFINITIONS = (await Promise.all(MODEL_IDS.map((id) => loadDefinition(id))))
  .filter((definition) => definition !== undefined);

/** A model as a poll finds it. */
interface Layout extends ModelRegisters {
  readonly definition: ModelDefinition;
  readonly countMax: number;
}

/** A form of the numbers that some devices send. */
const FORM = fc.constantFrom<Partial<PointDefinition>>({}, {}, { words: "little" }, {
  signed: true,
});

const LAYOUT: fc.Arbitrary<Layout> = fc.constantFrom(...DEFINITIONS).chain((known) =>
  FORM.chain((form) => {
    const definition = { ...known, group: withForm(known.group, form) };
    const countMax = fc.constantFrom(125, 125, 60, 20, 8);
    return fc.tuple(modelRegisters(definition.group), countMax).map(
      ([model, countMax]) => ({ ...model, definition, countMax }),
    );
  })
);

function withForm(
  group: GroupDefinition,
  form: Partial<PointDefinition>,
): GroupDefinition {
  const isSigned = form.signed === true;
  return {
    ...group,
    points: group.points.map((point) =>
      isSigned && !point.type.startsWith("acc") ? point : { ...point, ...form }
    ),
    groups: group.groups.map((inner) => withForm(inner, form)),
  };
}

const ADDRESS = 40_070;

Deno.test("a table gives what the definition gives, for every model, layout and fault", () => {
  const change = fc.record({ at: fc.nat(400), to: REGISTER });
  const lost = fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, fc.nat(6));
  const span = fc.record({
    start: fc.integer({ min: 2, max: 200 }),
    size: fc.integer({ min: 3, max: 60 }),
    reason: fc.constantFrom("frame-all-ones", "frame-all-zeros"),
  }).map(({ start, size, reason }): FaultySpan => ({
    start,
    end: start + size,
    reason,
  }));
  const faulty = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    fc.array(span, { maxLength: 2 }),
    fc.constant<FaultySpan[]>([{ start: 0, end: 50, reason: "frame-all-ones" }]),
  );
  const poll = fc.record({ changes: fc.array(change, { maxLength: 4 }), lost, faulty });
  const found = { values: 0, flags: 0, groups: 0 };
  fc.assert(
    fc.property(
      LAYOUT,
      fc.array(poll, { minLength: 1, maxLength: 4 }),
      ({ definition, length, countMax, registers }, polls) => {
        const at = { id: definition.id, address: ADDRESS, length };
        const limits = { ...PROTOCOL_LIMITS, countMax };
        const plan = planPoll([{ at, definition }], 40_000, limits);
        const [model] = plan.models;
        ok(model);
        const now = [...registers];
        for (const { changes, lost: without, faulty: spans } of polls) {
          for (const { at, to } of changes) if (at < now.length) now[at] = to;
          const image = createRegisterImage();
          for (const [nth, read] of plan.reads.entries()) {
            if (nth === without) continue;
            const from = read.address - ADDRESS;
            image.put(
              read,
              Uint16Array.from({ length: read.count }, (_, n) => now[from + n] ?? 0),
            );
          }
          const faults = new Map([[ADDRESS, spans]]);
          const [reading] = definition.id === 1
            ? [readModel(
              pointTableOf(definition, length, sourceOf(model, image)),
              at,
              sourceOf(model, image),
              spans,
            )]
            : decodeImage(plan, image, faults);
          ok(reading);
          const view = toNamed(reading);
          const source = sourceOf(model, image);
          deepStrictEqual(view, decodeByDefinition(definition, at, source, spans));
          deepStrictEqual(toNamed(readingOf(definition, view)), view);
          found.values += reading.values.filter((value) => value !== null).length;
          found.flags += reading.flags.length;
          found.groups += reading.table.slots.length > definition.group.points.length
            ? 1
            : 0;
        }
      },
    ),
    { numRuns: 400 },
  );
  ok(found.values > 10_000 && found.flags > 1_000 && found.groups > 100);
});

Deno.test("devices of the same layout share a table, until a watched register differs", () => {
  const registers = (N: number): Uint16Array => {
    const all = new Uint16Array(2 + 48);
    all.set([160, 48]);
    all[8] = N;
    return all;
  };
  const table = pointTableOf(MODEL_160, 48, singleReadSource(registers(2)));
  strictEqual(table.slots.length, MODEL_160.group.points.length + 2 * 10);
  strictEqual(pointTableOf(MODEL_160, 48, singleReadSource(registers(2))), table);
  notStrictEqual(pointTableOf(MODEL_160, 48, singleReadSource(registers(3))), table);
  notStrictEqual(
    pointTableOf(MODEL_160, 48, singleReadSource(registers(2), -1)),
    table,
  );
  notStrictEqual(pointTableOf(MODEL_160, 28, singleReadSource(registers(2))), table);
  strictEqual(pointTableOf(MODEL_160, 48, singleReadSource(registers(2))), table);
});
