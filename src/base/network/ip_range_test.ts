import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ADDRESSES_MAX, expandAddresses } from "./ip_range.ts";

Deno.test("expandAddresses() lists a network without its network and broadcast address", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 20, max: 32 }), (address, bits) => {
      const found = expandAddresses(`${address}/${bits}`);
      ok(found.ok);
      const size = 2 ** (32 - bits);
      strictEqual(found.value.length, size <= 2 ? size : size - 2);
      strictEqual(new Set(found.value).size, found.value.length);
    }),
  );
});

Deno.test("expandAddresses() rejects more addresses than its limit", () => {
  for (const expression of ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.0-10.255.0.0"]) {
    const found = expandAddresses(expression);
    ok(!found.ok && found.fault.includes(String(ADDRESSES_MAX)), expression);
  }
});

Deno.test("expandAddresses() accepts an address, a range and a short range", () => {
  const cases = {
    "10.0.0.7": ["10.0.0.7"],
    "10.0.0.5-7": ["10.0.0.5", "10.0.0.6", "10.0.0.7"],
    "10.0.0.255-10.0.1.0": ["10.0.0.255", "10.0.1.0"],
    "192.168.1.4/31": ["192.168.1.4", "192.168.1.5"],
  };
  for (const [expression, value] of Object.entries(cases)) {
    deepStrictEqual(expandAddresses(expression), { ok: true, value }, expression);
  }
});

Deno.test("expandAddresses() rejects every other text", () => {
  for (
    const expression of [
      "",
      "host",
      "10.0.0",
      "10.0.0.256",
      "10.0.0.1/33",
      "1-2-3",
      "10.0.0.9-5",
      "10.0.0.1/",
    ]
  ) ok(!expandAddresses(expression).ok, expression);
});
