/**
 * Definitions and registers of no sense at all: neither a crash nor unbounded
 * work. `FUZZ_RUNS=100000 deno test -A src/sunspec/definition/fuzz_test.ts` looks longer.
 */

import { ok } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../../models/index.ts";
import { decodeFrom, decodeModel } from "../decode/decode.ts";
import {
  type GroupDefinition,
  HEADER_SIZE,
  type ModelDefinition,
  TYPE_SIZES,
} from "./definition.ts";
import { parseJsonDefinition } from "./json_definition.ts";
import { parseDefinition } from "./parse_definition.ts";
import { planPoll } from "../plan/poll_plan.ts";
import { type RegisterSource, wholeSource } from "../decode/register_source.ts";
import { cutModel, scaleUses } from "../plan/split.ts";

const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 100);

/** No step of decoding may look at a register more often than this for each register and point there is. */
const LOOKS_PER_PLACE_MAX = 40;

/** A name out of few, so that they meet: scale factors, counts and doubles come about. */
const name = fc.constantFrom("A", "B", "C", "D", "E", "F", "N", "S_SF", "T_SF");

/** Mostly this, now and then that. */
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
      fc.constantFrom("A", "nobody", -1),
    ),
    points,
    groups: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(undefined),
      fc.uniqueArray(tie("group"), { maxLength: 2, selector: nameOf }),
    ),
  }),
}));

/** The name of what has one. */
function nameOf(made: unknown): unknown {
  return typeof made === "object" && made !== null && "name" in made ? made.name : made;
}

/** A definition in JSON form, sound or not: counts, sizes, nested groups at random. */
const json = fc.record({ id: fc.constant(64_001), group }).map((made) => {
  const { points, ...rest } = made.group as { points: readonly unknown[] };
  const header = [{ name: "ID", type: "uint16" }, { name: "L", type: "uint16" }];
  return { ...made, group: { ...rest, points: [...header, ...points] } };
});

const register = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x8000, 0xffff, null),
  fc.integer({ min: 0, max: 0xffff }),
);

Deno.test("whatever a definition says, it is refused with its place or decodes any registers in bounded work", () => {
  let sound = 0;
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
        sound++;
        decodeWithin(parsed.value, registers, length);
        plan(parsed.value, length);
      },
    ),
    { numRuns: 10 * RUNS },
  );
  ok(sound > 2 * RUNS, `only ${sound} of the definitions were sound`);
});

Deno.test("whatever the registers and L, every model decodes in bounded work", async () => {
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

Deno.test("whatever a text is, it is a definition or a fault with its place", () => {
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
    fc.property(fc.oneof(text, fc.json()), (said) => {
      const parsed = parseDefinition(said, "own.xml");
      ok(parsed.ok || parsed.fault.every(({ place }) => place.startsWith("own.xml")));
    }),
    { numRuns: 10 * RUNS },
  );
});

/** Decodes, counting how often a register is looked at. */
function decodeWithin(
  definition: ModelDefinition,
  registers: readonly (number | null)[],
  length: number,
): void {
  const at = { id: definition.id, address: 0, length };
  decodeModel(definition, at, registers);
  const source = wholeSource(registers);
  let looks = 0;
  const counting: RegisterSource = {
    ...source,
    find(offset, size) {
      looks++;
      return source.find(offset, size);
    },
  };
  decodeFrom(definition, at, counting);
  const places = HEADER_SIZE + length + pointsOf(definition.group);
  ok(looks <= LOOKS_PER_PLACE_MAX * places, `${looks} looks at ${places} places`);
}

function plan(definition: ModelDefinition, length: number): void {
  const at = { id: definition.id, address: 40_000 - 2 - length, length };
  if (at.address < 4) return;
  for (const countMax of [4, 10, 125]) {
    const { atoms, instances } = cutModel(definition, length, countMax);
    ok(atoms.length <= 2 * (HEADER_SIZE + length) + pointsOf(definition.group));
    instances.forEach(scaleUses);
    planPoll([{ at, definition }], at.address - 2, { countMax, gapMax: 16 });
  }
}

function pointsOf({ points, groups }: GroupDefinition): number {
  return groups.reduce((sum, inner) => sum + pointsOf(inner), points.length);
}
