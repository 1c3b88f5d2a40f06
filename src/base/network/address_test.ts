import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatAddress, isHost, isLoopback, parseHostPort } from "./address.ts";

Deno.test("isHost() accepts every IPv4 and IPv6 address", () => {
  fc.assert(fc.property(fc.ipV4(), (text) => ok(isHost(text), text)));
  fc.assert(fc.property(fc.ipV6(), (text) => ok(isHost(text), text)));
});

Deno.test("isHost() accepts names and rejects malformed ones", () => {
  for (
    const text of ["inv-1", "inv_1.plant.lan.", "3com.example", "fe80::1%eth0", "::"]
  ) {
    ok(isHost(text), text);
  }
  const malformed = [
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
  for (const text of malformed) ok(!isHost(text), text);
});

Deno.test("parseHostPort() reads back what formatAddress() writes", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
      fc.integer({ min: 1, max: 65_535 }),
      (host, port) =>
        deepStrictEqual(parseHostPort(formatAddress(host, port)), { host, port }),
    ),
  );
});

Deno.test("isLoopback() accepts only addresses of this machine", () => {
  for (const host of ["localhost", "::1", "127.0.0.1", "127.1.2.3"]) {
    ok(isLoopback(host), host);
  }
  for (const host of ["10.0.0.1", "127.example", "::", "fe80::1"]) {
    ok(!isLoopback(host), host);
  }
});

Deno.test("parseHostPort() rejects other strings", () => {
  for (
    const text of ["a", "a:", "a:0", "a:65536", "a:1x", "[a]:1", "[::1", "u@a:1", ":1"]
  ) {
    strictEqual(parseHostPort(text), undefined, text);
  }
});
