import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../../models/index.ts";
import { decodeModel } from "../decode/decode.ts";
import type { GroupDefinition, ModelDefinition } from "./definition.ts";
import { withNumberForms } from "./number_forms.ts";

async function definitionOf(id: number): Promise<ModelDefinition> {
  const definition = await loadDefinition(id);
  ok(definition);
  return definition;
}

/** Reverses the words of every number; the inner groups are expected once. */
function swapWords(group: GroupDefinition, registers: number[], start = 0): number[] {
  const swapped = [...registers];
  for (const { type, offset, size } of group.points) {
    if (!/^(?:u?int|acc|enum|bitfield|float)(?:32|64)$/.test(type)) continue;
    const from = start + offset;
    swapped.splice(from, size, ...registers.slice(from, from + size).reverse());
  }
  let next = start + group.size;
  return group.groups.reduce((all, inner) => {
    const done = swapWords(inner, all, next);
    next += inner.size;
    return done;
  }, swapped);
}

Deno.test("withNumberForms() reads a device with swapped words like one without", async () => {
  for (const id of [103, 113, 203, 213, 701, 160]) {
    const definition = await definitionOf(id);
    const { group } = definition;
    const size = group.size + group.groups.reduce((sum, each) => sum + each.size, 0);
    const at = { id, address: 0, length: size - 2 };
    const word = fc.integer({ min: 0, max: 0xffff });
    const bodies = fc.array(word, { minLength: size - 2, maxLength: size - 2 });
    fc.assert(
      fc.property(bodies, (body) => {
        const registers = [id, size - 2, ...body];
        const little = withNumberForms(definition, { wordOrder: "little" });
        deepStrictEqual(
          decodeModel(little, at, swapWords(group, registers)),
          decodeModel(definition, at, registers),
        );
      }),
      { numRuns: 50 },
    );
  }
});

Deno.test("withNumberForms() gives the magnitude of signed counters", async () => {
  const definition = await definitionOf(203);
  const signed = withNumberForms(definition, { signedAccumulators: true });
  const at = { id: 203, address: 0, length: 105 };
  const registers = new Array<number>(107).fill(0);
  const exported = (high: number, low: number): unknown => {
    registers.splice(38, 2, high, low); // TotWhExp
    return decodeModel(signed, at, registers).points["TotWhExp"];
  };
  strictEqual(exported(0xffb6, 0xd9fd), 4_793_859);
  strictEqual(exported(0x0000, 0x0005), 5);
  strictEqual(exported(0xffff, 0xffff), 1);
  strictEqual(exported(0x8000, 0x0000), null);
});

Deno.test("withNumberForms() adapts a definition once", async () => {
  const definition = await definitionOf(203);
  strictEqual(withNumberForms(definition, {}), definition);
  strictEqual(withNumberForms(definition, { wordOrder: "big" }), definition);
  const little = withNumberForms(definition, { wordOrder: "little" });
  strictEqual(withNumberForms(definition, { wordOrder: "little" }), little);
});
