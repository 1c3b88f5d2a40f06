/**
 * Random definitions and registers must cause neither a crash nor unbounded work. A
 * longer run: `FUZZ_RUNS=100000 deno test -A src/sunspec/definition/fuzz_test.ts`.
 */

import { ok } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import { decodeFrom, decodeModel } from "../decode/decode.ts";
import {
  type GroupDefinition,
  type ModelDefinition,
  TYPE_SIZES,
} from "./definition.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import { parseJsonDefinition } from "./json_definition.ts";
import { parseDefinition } from "./parse_definition.ts";
import { planPoll } from "../plan/poll_plan.ts";
import { type RegisterSource, singleReadSource } from "../decode/register_source.ts";
import { scaleUses, splitModel } from "../plan/split.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 100);

/** Maximum number of register look-ups of one decoding, per register and point. */
const LOOKUPS_PER_ITEM_MAX = 40;

/** Few names, so that scale factors, counts and duplicates occur. */
const name = fc.constantFrom("A", "B", "C", "D", "E", "F", "N", "S_SF", "T_SF");

/** Mostly `usual`, sometimes `odd`. */
function mostly<T, U>(
  usual: fc.Arbitrary<T>,
  odd: fc.Arbitrary<U>,
): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd });
}

const type = mostly(fc.constantFrom(...Object.keys(TYPE_SIZES)), fc.constant("int17"));

const point = fc.record({
  name,
  type,
  size: mostly(fc.constant(undefined), fc.integer({ min: -1, max: 9 })),
  sf: mostly(
    fc.constantFrom(undefined, undefined, undefined, null, -2, "S_SF"),
    fc.constantFrom("T_SF", "A", 11),
  ),
  symbols: mostly(
    fc.constantFrom(undefined, [], [{ name: "ON", value: 1 }]),
    fc.constantFrom([{ value: -1 }], 7),
  ),
}).map((made) => {
  if (made.name.endsWith("_SF")) return { ...made, type: "sunssf", sf: undefined };
  return made.type === "string" ? { ...made, size: made.size ?? 3 } : made;
});

const points = mostly(
  fc.uniqueArray(point, { maxLength: 5, selector: (each) => each.name }),
  fc.array(point, { maxLength: 5 }),
);

const { group } = fc.letrec<{ group: unknown }>((tie) => ({
  group: fc.record({
    name: fc.constantFrom("g", "h", "i", "j"),
    count: mostly(
      fc.constantFrom(undefined, 0, 1, 2, 65_535, "3", "N"),
      fc.constantFrom("A", "absent", -1),
    ),
    points,
    groups: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(undefined),
      fc.uniqueArray(tie("group"), { maxLength: 2, selector: nameOf }),
    ),
  }),
}));

/** The name of a generated object. */
function nameOf(made: unknown): unknown {
  return typeof made === "object" && made !== null && "name" in made ? made.name : made;
}

/** A definition in JSON form, valid or not, with random counts, sizes and nested groups. */
const json = fc.record({ id: fc.constant(64_001), group }).map((made) => {
  const { points, ...rest } = made.group as { points: readonly unknown[] };
  const header = [{ name: "ID", type: "uint16" }, { name: "L", type: "uint16" }];
  return { ...made, group: { ...rest, points: [...header, ...points] } };
});

const register = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x8000, 0xffff, null),
  fc.integer({ min: 0, max: 0xffff }),
);

Deno.test("parseJsonDefinition() refuses a definition with its place, or it decodes any registers in bounded work", () => {
  let valid = 0;
  fc.assert(
    fc.property(
      json,
      fc.array(register, { maxLength: 200 }),
      fc.constantFrom(0, 1, 5, 50, 200, 1_000, 65_535),
      (made, registers, length) => {
        const parsed = parseJsonDefinition(made);
        if (!parsed.ok) {
          ok(
            parsed.fault.length > 0 &&
              parsed.fault.every(({ message }) => message !== ""),
          );
          return;
        }
        valid++;
        decodeWithin(parsed.value, registers, length);
        plan(parsed.value, length);
      },
    ),
    { numRuns: 10 * RUNS },
  );
  ok(valid > 2 * RUNS, `only ${valid} of the definitions were valid`);
});

Deno.test("decodeModel() decodes every model in bounded time, for any registers and any L", async () => {
  const definitions: ModelDefinition[] = [];
  for (const id of MODEL_IDS) {
    const definition = await loadDefinition(id);
    if (definition !== undefined) definitions.push(definition);
  }
  fc.assert(
    fc.property(
      fc.constantFrom(...definitions),
      fc.array(register, { maxLength: 400 }),
      fc.oneof(
        { weight: 30, arbitrary: fc.integer({ min: 0, max: 400 }) },
        { weight: 1, arbitrary: fc.constantFrom(1_000, 20_000) },
      ),
      (definition, registers, length) => {
        decodeWithin(definition, registers, length);
        plan(definition, length);
      },
    ),
    { numRuns: 2 * RUNS },
  );
});

Deno.test("parseDefinition() returns a definition or faults with their places for any text", () => {
  const piece = fc.constantFrom(
    ..."<>{}[]\"'/=,:!-?&;\0\ud800\ufeff",
    "<sunSpecModels>",
    "</sunSpecModels>",
    '<model id="1" len="2">',
    "<block>",
    '<point id="A" type="int16"/>',
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&b;",
    '"group":',
    '"points":[',
    "1e999",
  );
  const text = fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.json()), (each) => {
      const parsed = parseDefinition(each, "own.xml");
      ok(parsed.ok || parsed.fault.every(({ place }) => place.startsWith("own.xml")));
    }),
    { numRuns: 10 * RUNS },
  );
});

/** Decodes and limits the number of register look-ups. */
function decodeWithin(
  definition: ModelDefinition,
  registers: readonly (number | null)[],
  length: number,
): void {
  const at = { id: definition.id, address: 0, length };
  const source = singleReadSource(registers);
  let lookups = 0;
  const counting: RegisterSource = {
    windows: source.windows,
    assemble: (offset, size) => source.assemble(offset, size),
    disputed: (offset) => source.disputed(offset),
    find(offset, size) {
      lookups++;
      return source.find(offset, size);
    },
  };
  // The first call compiles the table, which is where registers are looked up.
  decodeFrom(definition, at, counting);
  decodeModel(definition, at, registers);
  const items = MODEL_HEADER_SIZE + length + pointsOf(definition.group);
  ok(lookups <= LOOKUPS_PER_ITEM_MAX * items, `${lookups} look-ups of ${items} items`);
}

function plan(definition: ModelDefinition, length: number): void {
  const at = { id: definition.id, address: 40_000 - 2 - length, length };
  if (at.address < 4) return;
  for (const countMax of [4, 10, 125]) {
    const { atoms, instances } = splitModel(definition, length, countMax);
    ok(atoms.length <= 2 * (MODEL_HEADER_SIZE + length) + pointsOf(definition.group));
    instances.forEach(scaleUses);
    planPoll([{ at, definition }], at.address - 2, { countMax, gapMax: 16 });
  }
}

function pointsOf({ points, groups }: GroupDefinition): number {
  return groups.reduce((sum, inner) => sum + pointsOf(inner), points.length);
}
