import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { shortestFloat32 } from "./float32_text.ts";

Deno.test("shortestFloat32() denotes the same float32 and is not longer than the double", () => {
  fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
    const text = shortestFloat32(value);
    strictEqual(Math.fround(Number(text)), value + 0);
    ok(text.length <= String(value).length, text);
  }));
});

Deno.test("shortestFloat32() returns the number that was encoded, up to 6 digits", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -999_999, max: 999_999 }),
      fc.nat(6),
      (digits, at) => {
        const value = digits / 10 ** at;
        strictEqual(shortestFloat32(Math.fround(value)), String(value + 0));
      },
    ),
  );
});
