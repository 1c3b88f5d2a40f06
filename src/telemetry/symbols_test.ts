import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDefinition } from "../../models/index.ts";
import {
  bitNames,
  INPUT_EVENTS,
  INPUT_STATES,
  INVERTER_EVENTS,
  METER_EVENTS,
  NO_NAMES,
  OPERATING_STATES,
  type Symbols,
} from "./symbols.ts";

const TABLES: readonly (readonly [Symbols, string, readonly number[]])[] = [
  [OPERATING_STATES, "St", [101, 102, 103, 111, 112, 113]],
  [INVERTER_EVENTS, "Evt1", [101, 102, 103, 111, 112, 113]],
  [INPUT_STATES, "DCSt", [160]],
  [INPUT_EVENTS, "DCEvt", [160]],
  [INPUT_EVENTS, "Evt", [160]],
  [METER_EVENTS, "Evt", [201, 202, 203, 204]],
];

Deno.test("the tables say what SunSpec's definitions say, without their prefixes and reserved names", async () => {
  for (const [table, point, ids] of TABLES) {
    for (const id of ids) {
      const symbols = await symbolsOf(id, point);
      const named = symbols.filter(([, name]) => !/reserved/i.test(name));
      const plain = named.map(([number, name]) =>
        [number, name.replace(/^(gg|M_EVENT_)/, "").toUpperCase()] as const
      );
      deepStrictEqual(new Map(plain), new Map(table), `${id}.${point}`);
    }
  }
});

Deno.test("bitNames() gives one name for each bit that is set, lowest first", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.nat(63)), (bits) => {
    const value = bits.reduce((sum, bit) => sum + (1n << BigInt(bit)), 0n);
    const names = bits.sort((a, b) => a - b).map((bit) => `bit_${bit}`);
    deepStrictEqual(bitNames(NO_NAMES, value), names);
  }));
});

Deno.test("bitNames() gives null for what is no bitfield", () => {
  for (const value of [null, -1, 0.5, NaN, Infinity, 2 ** 60]) {
    strictEqual(bitNames(NO_NAMES, value), null);
  }
});

async function symbolsOf(id: number, point: string): Promise<[number, string][]> {
  const definition = await loadDefinition(id);
  ok(definition);
  const groups = [definition.group, ...definition.group.groups ?? []];
  const found = groups.flatMap(({ points }) => points).find(({ name }) =>
    name === point
  );
  ok(found?.symbols, `${id}.${point} has no symbols`);
  return Object.entries(found.symbols).map(([number, name]) => [Number(number), name]);
}
