import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition, MODEL_IDS } from "../../models/index.ts";
import { compareDefinitions } from "./compare_definitions.ts";
import type {
  ModelDefinition,
  PointDefinition,
} from "../../src/sunspec/definition/definition.ts";

const A: PointDefinition = { name: "A", type: "int16", size: 1, offset: 2 };

function model(points: readonly PointDefinition[]): ModelDefinition {
  const group = { name: "own", count: 1, size: 9, points, groups: [] };
  return { id: 65_000, name: "own", group };
}

function texts(first: PointDefinition[], second: PointDefinition[]): string[] {
  return compareDefinitions(model(first), model(second)).map((each) =>
    `${each.path} ${each.field}: ${each.first || "-"}, ${each.second || "-"}`
  );
}

Deno.test("compareDefinitions() finds no difference of a model to itself, and differences in both directions", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...MODEL_IDS),
      fc.constantFrom(...MODEL_IDS),
      async (one, other) => {
        const first = await loadDefinition(one) ?? model([]);
        const second = await loadDefinition(other) ?? model([]);
        deepStrictEqual(compareDefinitions(first, first), []);
        const there = compareDefinitions(first, second).length;
        const back = compareDefinitions(second, first).length;
        deepStrictEqual(there > 0, back > 0);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("compareDefinitions() reports each property that differs", () => {
  deepStrictEqual(texts([A], [{ ...A, type: "uint16", units: "W", scale: -1 }]), [
    "A type: int16, uint16",
    "A scale: -, -1",
    "A units: -, W",
  ]);
  deepStrictEqual(texts([{ ...A, mandatory: true }], [{ ...A, static: true }]), [
    "A mandatory: yes, -",
    "A static: -, yes",
  ]);
  deepStrictEqual(
    texts([{ ...A, symbols: { 0: "OFF", 1: "ON" } }], [{
      ...A,
      symbols: { 1: "ON", 2: "?" },
    }]),
    ["A symbols: 0 OFF, -", "A symbols: -, 2 ?"],
  );
});

Deno.test("compareDefinitions() reports another name at the same offset as a rename, other points as missing", () => {
  deepStrictEqual(texts([A], [{ ...A, name: "B" }]), ["A name: A, B"]);
  deepStrictEqual(texts([A], []), ["A presence: int16 at 2, 1 registers, -"]);
  deepStrictEqual(texts([], [A]), ["A presence: -, int16 at 2, 1 registers"]);
});

Deno.test("compareDefinitions() reports swapped points by their offsets", () => {
  const B = { ...A, name: "B", offset: 3 };
  deepStrictEqual(texts([A, B], [{ ...B, offset: 2 }, { ...A, offset: 3 }]), [
    "A offset: 2, 3",
    "B offset: 3, 2",
  ]);
});
