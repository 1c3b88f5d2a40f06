import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { isHost, parseHostPort } from "../../base/address.ts";
import { isId, isTopic } from "./names.ts";
import { parseBytes, parseDuration, showBytes, showDuration } from "./quantity.ts";
import { editDistance, nearest } from "../check/suggest.ts";

Deno.test("parseBytes() reads back what showBytes() writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => {
    strictEqual(parseBytes(showBytes(bytes)), bytes);
  }));
});

Deno.test("parseDuration() reads back what showDuration() writes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (ms) => {
    strictEqual(parseDuration(showDuration(ms)), ms);
  }));
});

Deno.test("parseBytes() and parseDuration() give whole numbers that are safe, or nothing", () => {
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

Deno.test("parseBytes() tells units of 1000 from units of 1024, whatever their case", () => {
  strictEqual(parseBytes("2kB"), 2_000);
  strictEqual(parseBytes("2kib"), 2_048);
  strictEqual(parseBytes("512 MiB"), 536_870_912);
  for (
    const text of ["", "1", "1G", "-1GiB", "1.5GiB", "1e3B", "GiB", "1 constructor"]
  ) {
    strictEqual(parseBytes(text), undefined, text);
  }
});

Deno.test("isHost() takes every IPv4 and IPv6 address", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => ok(isHost(text), text)));
  fc.assert(fc.property(fc.ipV6(), (text) => ok(isHost(text), text)));
});

Deno.test("isHost() takes names and refuses slips", () => {
  for (
    const text of ["inv-1", "inv_1.plant.lan.", "3com.example", "fe80::1%eth0", "::"]
  ) {
    ok(isHost(text), text);
  }
  const slips = [
    "",
    ".",
    "a..b",
    "-a",
    "a-",
    "a b",
    "10.0.0",
    "10.0.0.256",
    "10.0.0.01",
    "1:2",
    ":::",
    "1::2::3",
    "a/b",
    "ä",
    `${"a".repeat(64)}.b`,
  ];
  for (const text of slips) ok(!isHost(text), text);
});

Deno.test("parseHostPort() reads back any host and port", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6().map((host) => `[${host}]`), fc.domain()),
      fc.integer({ min: 1, max: 65_535 }),
      (host, port) => {
        const parsed = parseHostPort(`${host}:${port}`);
        strictEqual(parsed?.port, port);
        strictEqual(parsed.host, host.replace(/^\[|\]$/g, ""));
      },
    ),
  );
});

Deno.test("parseHostPort() refuses what is neither", () => {
  for (
    const text of ["a", "a:", "a:0", "a:65536", "a:1x", "[a]:1", "[::1", "u@a:1", ":1"]
  ) {
    strictEqual(parseHostPort(text), undefined, text);
  }
});

Deno.test("isId() and isTopic() keep out what would break a stream's name or a topic", () => {
  for (const text of ["a/b", "", " a", "a\n", "-a", "a".repeat(65)]) {
    ok(!isId(text), text);
  }
  for (const text of ["plant7-gw1", "Übergabe:1", "7"]) ok(isId(text), text);
  for (const text of ["", ".", "..", "a b", "ä", "a".repeat(250)]) {
    ok(!isTopic(text), text);
  }
});

Deno.test("editDistance() is a distance: symmetric, and nothing between equals", () => {
  const word = fc.stringMatching(/^[abc]{0,6}$/);
  fc.assert(fc.property(word, word, (a, b) => {
    strictEqual(editDistance(a, b), editDistance(b, a));
    strictEqual(editDistance(a, b) === 0, a === b);
    ok(editDistance(a, b) <= Math.max(a.length, b.length));
  }));
});

Deno.test("nearest() finds a word that was swapped, cut or spelt otherwise, and none for another", () => {
  const known = ["interval_ms", "timeout_ms", "host"];
  for (
    const slip of ["intreval_ms", "interval", "Interval-MS", "interval_m", "ntervalms"]
  ) {
    strictEqual(nearest(slip, known), "interval_ms", slip);
  }
  for (const other of ["", "colour", "x", "zzzzzzzzzzz"]) {
    strictEqual(nearest(other, known), undefined, other);
  }
});
