import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatBytesExact,
  formatDurationExact,
  parseBytes,
  parseDuration,
} from "./quantity.ts";

Deno.test("parseBytes() reads back what formatBytesExact() writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => {
    strictEqual(parseBytes(formatBytesExact(bytes)), bytes);
  }));
});

Deno.test("parseDuration() reads back what formatDurationExact() writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => {
    strictEqual(parseDuration(formatDurationExact(ms)), ms);
  }));
});

Deno.test("parseBytes() and parseDuration() return safe integers or undefined", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.stringMatching(/^\d{0,18} ?[a-zA-Z]{0,4}$/),
      (any, likely) => {
        for (const text of [any, likely]) {
          for (const value of [parseBytes(text), parseDuration(text)]) {
            ok(value === undefined || (Number.isSafeInteger(value) && value >= 0));
          }
        }
      },
    ),
  );
});

Deno.test("parseBytes() distinguishes units of 1000 and 1024 and ignores case", () => {
  strictEqual(parseBytes("2kB"), 2_000);
  strictEqual(parseBytes("2kib"), 2_048);
  strictEqual(parseBytes("512 MiB"), 536_870_912);
  for (
    const text of ["", "1", "1G", "-1GiB", "1.5GiB", "1e3B", "GiB", "1 constructor"]
  ) {
    strictEqual(parseBytes(text), undefined, text);
  }
});
