import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Identity } from "./layout.ts";
import {
  createQuirkBook,
  findQuirks,
  KNOWN_QUIRKS,
  type QuirkRule,
} from "./quirk_rules.ts";
import { nameQuirks, parseQuirks } from "./quirks.ts";

const DEVICE: Identity = {
  manufacturer: "Acme Solar ",
  model: "X-10",
  options: null,
  firmware: "1.2.3",
  serial: "7",
};

Deno.test("a pattern fits what a regular expression of its meaning fits", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "B", "*", ".", "("),
    maxLength: 8,
  });
  fc.assert(fc.property(letters, letters, (pattern, text) => {
    const escaped = pattern.split("*").map((piece) =>
      piece.replaceAll(/[.(]/g, (sign) => `\\${sign}`)
    );
    const fits = new RegExp(`^${escaped.join(".*")}$`, "i").test(text);
    const rules = [{ model: pattern, quirks: { gapMs: 1 } }];
    const found = findQuirks(rules, { ...DEVICE, model: text });
    strictEqual(found.gapMs === 1, fits, `${pattern} ${text}`);
  }));
});

Deno.test("a rule is meant for a device only if all that it names fits", () => {
  const fitting: Omit<QuirkRule, "quirks">[] = [
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
  for (const rule of fitting) deepStrictEqual(found(rule), { gapMs: 5 });
  for (const rule of others) deepStrictEqual(found(rule), {});
  const nameless = { ...DEVICE, manufacturer: null };
  deepStrictEqual(
    findQuirks([{ manufacturer: "A*", quirks: { gapMs: 5 } }], nameless),
    {},
  );
});

Deno.test("what is known of devices holds, and names where it is said", () => {
  for (const { source, quirks, ...patterns } of KNOWN_QUIRKS) {
    ok(source.startsWith("https://"));
    deepStrictEqual(parseQuirks(nameQuirks(quirks)), quirks);
    ok(Object.keys(quirks).length > 0 && Object.keys(patterns).length > 0);
  }
  const book = createQuirkBook([{ model: "X*", quirks: { base: 0 } }]);
  deepStrictEqual(book(DEVICE), { file: { base: 0 }, "built-in": {} });
});
