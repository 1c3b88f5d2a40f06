import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  effectiveQuirks,
  listQuirks,
  parseQuirks,
  QUIRK_SOURCES,
  type Quirks,
  serialiseQuirks,
} from "./quirks.ts";

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined });

const QUIRKS: fc.Arbitrary<Quirks> = fc.record({
  base: optional(fc.integer({ min: 0, max: 65_533 })),
  functionCode: optional(fc.constantFrom(3 as const, 4 as const)),
  registersPerReadMax: optional(fc.integer({ min: 4, max: 125 })),
  readsAcrossModels: optional(fc.boolean()),
  gapMs: optional(fc.integer({ min: 0, max: 10_000 })),
  connectGapMs: optional(fc.integer({ min: 0, max: 10_000 })),
  echoesTransactionId: optional(fc.boolean()),
  unitsShareSerial: optional(fc.boolean()),
  wordOrder: optional(fc.constantFrom("big" as const, "little" as const)),
  signedAccumulators: optional(fc.boolean()),
}).map((quirks) => parseQuirks(serialiseQuirks(quirks as Quirks)));

Deno.test("parseQuirks() restores serialised quirks and ignores everything else", () => {
  fc.assert(fc.property(QUIRKS, (quirks) => {
    const stored = JSON.parse(JSON.stringify(serialiseQuirks(quirks)));
    deepStrictEqual(parseQuirks(stored), quirks);
  }));
  fc.assert(fc.property(fc.anything(), (anything) => {
    const quirks = parseQuirks(anything);
    deepStrictEqual(parseQuirks(serialiseQuirks(quirks)), quirks);
  }));
  for (
    const wrong of [
      { registers_per_read_max: 126 },
      { registers_per_read_max: "64" },
      { function_code: 16 },
      { gap_ms: -1 },
      { gapMs: 5 },
      { base: 1.5 },
    ]
  ) deepStrictEqual(parseQuirks(wrong), {});
});

Deno.test("effectiveQuirks() takes the first source but never loosens a learned limit", () => {
  fc.assert(
    fc.property(QUIRKS, QUIRKS, QUIRKS, QUIRKS, (device, file, learned, builtIn) => {
      const layers = { device, file, learned, "built-in": builtIn };
      const effective = effectiveQuirks(layers);
      const stated = QUIRK_SOURCES.map((source) => layers[source]);
      for (const key of Object.keys(effective) as (keyof Quirks)[]) {
        const first = stated.find((quirks) => quirks[key] !== undefined)?.[key];
        ok([first, learned[key]].includes(effective[key]), key);
      }
      const { registersPerReadMax: most = 125 } = learned;
      ok((effective.registersPerReadMax ?? 125) <= most);
      ok((effective.gapMs ?? 0) >= (learned.gapMs ?? 0));
      const listed = Object.fromEntries(
        listQuirks(layers).map(({ name, value }) => [name, value]),
      );
      deepStrictEqual(parseQuirks(listed), effective);
    }),
  );
});

Deno.test("listQuirks() names the source of each quirk", () => {
  const layers = {
    device: { registersPerReadMax: 100, base: 0 },
    learned: { registersPerReadMax: 64 },
    "built-in": { gapMs: 50, base: 40_000 },
  };
  deepStrictEqual(listQuirks(layers), [
    { name: "base", value: 0, source: "device" },
    { name: "registers_per_read_max", value: 64, source: "learned" },
    { name: "gap_ms", value: 50, source: "built-in" },
  ]);
  strictEqual(listQuirks({}).length, 0);
});
