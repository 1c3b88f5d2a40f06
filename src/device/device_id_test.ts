import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Identity } from "../sunspec/identity.ts";
import { deriveId } from "./device_id.ts";

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

Deno.test("deriveId() returns a short slug or undefined", () => {
  fc.assert(fc.property(anyIdentity, (identity) => {
    const id = deriveId(identity, undefined);
    if (id === undefined) return;
    ok(/^[\p{Letter}\p{Number}]+(-[\p{Letter}\p{Number}]+)*$/u.test(id), id);
    ok(id.length <= 122, id);
  }));
});

Deno.test("deriveId() returns its own result unchanged when that is cached", () => {
  fc.assert(fc.property(anyIdentity, (identity) => {
    const id = deriveId(identity, undefined);
    strictEqual(deriveId(identity, id), id);
  }));
});

Deno.test("deriveId() keeps a cached id across new firmware and missing texts, but not for another serial", () => {
  const id = "sma-sb3-6-1av-40-3004867530";
  strictEqual(deriveId(SMA, undefined), id);
  strictEqual(deriveId({ ...SMA, model: "SB3.6 (new)" }, id), id);
  strictEqual(deriveId({ ...SMA, serial: null }, id), id);
  const silent = { ...SMA, manufacturer: null, model: null, serial: null };
  strictEqual(deriveId(silent, id), id);
  strictEqual(deriveId(silent, undefined), undefined);
  strictEqual(deriveId({ ...SMA, serial: "9" }, id), "sma-sb3-6-1av-40-9");
});
