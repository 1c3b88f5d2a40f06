import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { loadDump, parseDump } from "./dump_file.ts";

Deno.test("parseDump() returns the dump and ignores unknown keys", () => {
  const registers = fc.array(fc.option(fc.nat(0xffff)), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(
      fc.nat(65_000),
      fc.option(fc.nat(255)),
      fc.constantFrom(3 as const, 4 as const, null),
      registers,
      fc.dictionary(fc.string().map((key) => `x${key}`), fc.jsonValue()),
      (base, unitId, functionCode, registers, rest) => {
        const dump = { base, unitId, functionCode, registers };
        const parsed = parseDump(JSON.stringify({ ...rest, ...dump }));
        ok(parsed.ok);
        deepStrictEqual(parsed.value, dump);
      },
    ),
  );
});

Deno.test("parseDump() returns a fault for any invalid text and never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    const parsed = parseDump(text);
    ok(!parsed.ok && parsed.fault.length > 0);
  }));
});

const WRONG: readonly (readonly [text: string, fault: RegExp])[] = [
  ["{", /^invalid JSON/],
  ["[1]", /^found a list, expected an object with "base" and "registers"$/],
  [`{"format":"x","base":0,"registers":[1]}`, /^format: found "x", expected/],
  [
    `{"format":"sunspec-collector-dump","version":2,"base":0,"registers":[1]}`,
    /^version: found 2, expected 1$/,
  ],
  [`{"registers":[1]}`, /^base: found nothing, expected/],
  [`{"base":40000,"registers":[]}`, /^registers: found an empty list/],
  [
    `{"base":40000,"unitId":"one","registers":[1]}`,
    /^unitId: found "one", expected .* 0 to 255 or null/,
  ],
  [
    `{"base":1,"functionCode":6,"registers":[1]}`,
    /^functionCode: found 6, expected 3, 4/,
  ],
  [
    `{"base":1,"registers":[1,70000]}`,
    /^registers\[1\]: found 70000, expected .* 65535/,
  ],
  [`{"base":65535,"registers":[1,2]}`, /^registers: found 2 starting at 65535/],
];
for (const [text, fault] of WRONG) {
  Deno.test(`parseDump() rejects ${text} with the reason`, () => {
    const parsed = parseDump(text);
    ok(!parsed.ok);
    ok(fault.test(parsed.fault), parsed.fault);
  });
}

Deno.test("loadDump() names a file that is missing or is a folder", async () => {
  for (const path of ["src/nothing.json", "src"]) {
    const loaded = await loadDump(path);
    ok(!loaded.ok);
    strictEqual(loaded.fault.startsWith(`${path}: `), true, loaded.fault);
  }
});
