import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Identity } from "./layout.ts";
import { createClaims, deriveId } from "./device_id.ts";

const anyText = fc.oneof(
  fc.constant(null),
  fc.string({ unit: "grapheme", maxLength: 64 }),
);
const anyIdentity: fc.Arbitrary<Identity> = fc.record({
  manufacturer: anyText,
  model: anyText,
  options: anyText,
  firmware: anyText,
  serial: anyText,
});

const SMA: Identity = {
  manufacturer: "SMA",
  model: "SB3.6-1AV-40",
  options: null,
  firmware: "3.10.10.R",
  serial: "3004867530",
};

Deno.test("a derived id is a short slug, or there is none", () => {
  fc.assert(fc.property(anyIdentity, (identity) => {
    const id = deriveId(identity, undefined);
    if (id === undefined) return;
    ok(/^[\p{Letter}\p{Number}]+(-[\p{Letter}\p{Number}]+)*$/u.test(id), id);
    ok(id.length <= 122, id);
  }));
});

Deno.test("what was derived stays what it is", () => {
  fc.assert(fc.property(anyIdentity, (identity) => {
    const id = deriveId(identity, undefined);
    strictEqual(deriveId(identity, id), id);
  }));
});

Deno.test("a remembered id outlives new firmware and missing texts, but no other serial", () => {
  const id = "sma-sb3-6-1av-40-3004867530";
  strictEqual(deriveId(SMA, undefined), id);
  strictEqual(deriveId({ ...SMA, model: "SB3.6 (new)" }, id), id);
  strictEqual(deriveId({ ...SMA, serial: null }, id), id);
  const silent = { ...SMA, manufacturer: null, model: null, serial: null };
  strictEqual(deriveId(silent, id), id);
  strictEqual(deriveId(silent, undefined), undefined);
  strictEqual(deriveId({ ...SMA, serial: "9" }, id), "sma-sb3-6-1av-40-9");
});

Deno.test("an id belongs to the unit that claimed it first, until that claims another", () => {
  const claims = createClaims();
  claims.reserve("meter", "b:502/1");
  strictEqual(claims.claim("inv", "a:502/1"), undefined);
  strictEqual(claims.claim("inv", "a:502/1"), undefined);
  strictEqual(claims.claim("inv", "a:502/2"), "a:502/1");
  strictEqual(claims.claim("meter", "a:502/2"), "b:502/1");
  strictEqual(claims.claim("inv-2", "a:502/1"), undefined);
  strictEqual(claims.claim("inv", "a:502/2"), undefined);
});

Deno.test("a unit that says it is another, down to the serial, is that one's twin", () => {
  const claims = createClaims();
  strictEqual(claims.twinOf(SMA, "a:502/1"), undefined);
  claims.note(SMA, "a:502/1");
  strictEqual(claims.twinOf(SMA, "a:502/1"), undefined);
  strictEqual(claims.twinOf({ ...SMA, firmware: "4" }, "a:502/2"), "a:502/1");
  strictEqual(claims.twinOf({ ...SMA, serial: null }, "a:502/3"), undefined);
  strictEqual(claims.twinOf({ ...SMA, serial: "5" }, "a:502/3"), undefined);
  claims.note({ ...SMA, serial: "0000" }, "a:502/4");
  strictEqual(claims.twinOf({ ...SMA, serial: "0000" }, "a:502/5"), undefined);
  claims.note(null, "a:502/1");
  strictEqual(claims.twinOf(SMA, "a:502/2"), undefined);
});
