import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Identity } from "../sunspec/identity.ts";
import {
  BUILT_IN_QUIRKS,
  createQuirkLookup,
  findQuirks,
  type QuirkRule,
} from "./quirk_rules.ts";
import { parseQuirks, serialiseQuirks } from "./quirks.ts";

const DEVICE: Identity = {
  manufacturer: "Acme Solar ",
  model: "X-10",
  options: null,
  firmware: "1.2.3",
  serial: "7",
};

Deno.test("findQuirks() matches a pattern like the equivalent regular expression", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "B", "*", ".", "("),
    maxLength: 8,
  });
  fc.assert(fc.property(letters, letters, (pattern, text) => {
    const escaped = pattern.split("*").map((piece) =>
      piece.replaceAll(/[.(]/g, (sign) => `\\${sign}`)
    );
    const matches = new RegExp(`^${escaped.join(".*")}$`, "i").test(text);
    const rules = [{ model: pattern, quirks: { gapMs: 1 } }];
    const found = findQuirks(rules, { ...DEVICE, model: text });
    strictEqual(found.gapMs === 1, matches, `${pattern} ${text}`);
  }));
});

Deno.test("findQuirks() applies a rule only if all of its patterns match", () => {
  const matching: Omit<QuirkRule, "quirks">[] = [
    {},
    { manufacturer: "acme solar" },
    { manufacturer: "*", model: "x-*", firmware: "1.*.3" },
  ];
  const others: Omit<QuirkRule, "quirks">[] = [
    { manufacturer: "acme" },
    { manufacturer: "Acme*", model: "Y*" },
    { firmware: "2*" },
  ];
  const found = (rule: Omit<QuirkRule, "quirks">) =>
    findQuirks([{ ...rule, quirks: { gapMs: 5 } }], DEVICE);
  for (const rule of matching) deepStrictEqual(found(rule), { gapMs: 5 });
  for (const rule of others) deepStrictEqual(found(rule), {});
  const nameless = { ...DEVICE, manufacturer: null };
  deepStrictEqual(
    findQuirks([{ manufacturer: "A*", quirks: { gapMs: 5 } }], nameless),
    {},
  );
});

Deno.test("BUILT_IN_QUIRKS are valid and name their sources", () => {
  for (const { source, quirks, ...patterns } of BUILT_IN_QUIRKS) {
    ok(source.startsWith("https://"));
    deepStrictEqual(parseQuirks(serialiseQuirks(quirks)), quirks);
    ok(Object.keys(quirks).length > 0 && Object.keys(patterns).length > 0);
  }
  const lookup = createQuirkLookup([{ model: "X*", quirks: { base: 0 } }]);
  deepStrictEqual(lookup(DEVICE), { file: { base: 0 }, "built-in": {} });
});
