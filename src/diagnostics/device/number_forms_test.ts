import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { loadDefinition } from "../../../models/index.ts";
import { type DecodedModel, decodeModel } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import { withNumberForms } from "../../sunspec/definition/number_forms.ts";
import { BUILT_IN_QUIRKS, findQuirks } from "../../device/quirk_rules.ts";
import { parseIdentity } from "../../sunspec/identity.ts";
import { testWithSharedDevices } from "../../testing/devices/shared_devices.ts";
import { RECORD_DEVICES } from "../../testing/devices/record_devices.ts";
import type { Finding } from "../finding.ts";
import { assessNumberForms } from "./number_forms.ts";

async function definitionOf(id: number): Promise<ModelDefinition> {
  const definition = await loadDefinition(id);
  ok(definition);
  return definition;
}

/** Findings on two readings of one model whose points are at these offsets. */
async function assess(
  id: number,
  length: number,
  first: Readonly<Record<number, number>>,
  second = first,
): Promise<readonly Finding[]> {
  const definition = await definitionOf(id);
  const decode = (set: Readonly<Record<number, number>>): DecodedModel => {
    const registers = new Array<number>(length + 2).fill(0);
    for (const [at, value] of Object.entries(set)) registers[Number(at)] = value;
    return decodeModel(definition, { id, address: 0, length }, registers);
  };
  const definitions = new Map([[id, definition]]);
  return assessNumberForms([decode(first)], [decode(second)], definitions);
}

function adviceOf(findings: readonly Finding[]): unknown {
  return Object.assign({}, ...findings.map(({ advice }) => advice));
}

Deno.test("assessNumberForms() proposes the word order of floats with swapped words", async () => {
  // Model 113: W 8791.5 (0x46095e00) at 22, Hz 50.0 (0x42480000) at 24, WH 123456792 at 32.
  const swapped = {
    22: 0x5e00,
    23: 0x4609,
    24: 0x0000,
    25: 0x4248,
    32: 0x79a3,
    33: 0x4ceb,
  };
  const findings = await assess(113, 60, swapped);
  deepStrictEqual(adviceOf(findings), { wordOrder: "little" });
  strictEqual(findings[0]?.severity, "failure");
  const correct = {
    22: 0x4609,
    23: 0x5e00,
    24: 0x4248,
    25: 0x0000,
    32: 0x4ceb,
    33: 0x79a3,
  };
  deepStrictEqual(await assess(113, 60, correct), []);
});

Deno.test("assessNumberForms() proposes the word order of counters with swapped words", async () => {
  // Model 103: WH at 24. 45,000 Wh, then 123,456,789 Wh that rises by 3.
  deepStrictEqual(adviceOf(await assess(103, 50, { 24: 45_000, 25: 0 })), {
    wordOrder: "little",
  });
  const first = { 24: 0xcd15, 25: 0x075b };
  deepStrictEqual(await assess(103, 50, first), []);
  deepStrictEqual(adviceOf(await assess(103, 50, first, { 24: 0xcd18, 25: 0x075b })), {
    wordOrder: "little",
  });
  deepStrictEqual(await assess(103, 50, { 24: 0, 25: 45_000 }), []);
  const big = { 24: 0x075b, 25: 0xcd15 };
  deepStrictEqual(await assess(103, 50, big, { 24: 0x075b, 25: 0xcd18 }), []);
});

Deno.test("assessNumberForms() proposes signed counters", async () => {
  // Model 203: TotWhExp at 38, TotVArhImpQ1 at 72.
  const falling = [{ 38: 0xffb6, 39: 0xd9fd }, { 38: 0xffb6, 39: 0xd9f0 }] as const;
  const signed = { signedAccumulators: true };
  deepStrictEqual(adviceOf(await assess(203, 105, ...falling)), signed);
  deepStrictEqual(adviceOf(await assess(203, 105, { 72: 0x8000 })), signed);
  deepStrictEqual(await assess(203, 105, { 38: 0xffb6, 39: 0xd9fd }), []);
});

Deno.test("assessNumberForms() finds nothing on the project's own devices", async () => {
  for (const { base, registers, name } of RECORD_DEVICES) {
    const definitions = new Map<number, ModelDefinition>();
    const models: DecodedModel[] = [];
    for (let at = 2; (registers[at] ?? 0xffff) !== 0xffff;) {
      const id = registers[at] ?? 0;
      const length = registers[at + 1] ?? 0;
      const definition = await definitionOf(id);
      definitions.set(id, definition);
      const own = registers.slice(at, at + length + 2);
      models.push(decodeModel(definition, { id, address: base + at, length }, own));
      at += length + 2;
    }
    ok(models.length > 1);
    deepStrictEqual(assessNumberForms(models, models, definitions), [], name);
  }
});

testWithSharedDevices(
  "assessNumberForms() finds signed counters on the one real device that has them, unless they are known",
  async (devices) => {
    for (const { name, dump } of devices) {
      const definitions = new Map<number, ModelDefinition>();
      const adapted = new Map<number, ModelDefinition>();
      const [common] = dump.models;
      const from = (common?.addr ?? 0) - dump.base;
      const identity = parseIdentity(dump.registers.slice(from, from + 68));
      const quirks = findQuirks(BUILT_IN_QUIRKS, identity);
      for (const { id } of dump.models) {
        const definition = await loadDefinition(id);
        if (definition === undefined) continue;
        definitions.set(id, definition);
        adapted.set(id, withNumberForms(definition, quirks));
      }
      const findings = (known: ReadonlyMap<number, ModelDefinition>) => {
        const models = dump.models.flatMap(({ id, addr, len }) => {
          const definition = known.get(id);
          const own = dump.registers.slice(
            addr - dump.base,
            addr - dump.base + len + 2,
          );
          return definition === undefined
            ? []
            : [decodeModel(definition, { id, address: addr, length: len }, own)];
        });
        return assessNumberForms(models, models, known).map(({ check }) => check);
      };
      const isSigned = name === "kostal-ksem-203";
      deepStrictEqual(findings(definitions), isSigned ? ["signed counters"] : [], name);
      deepStrictEqual(findings(adapted), [], name);
    }
  },
);
