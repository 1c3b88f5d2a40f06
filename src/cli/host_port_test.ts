import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseHostPort } from "./host_port.ts";

Deno.test("parseHostPort() gives back what a name or an IPv4 address was put together from", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.domain(), fc.ipV4()),
      fc.integer({ min: 1, max: 65_535 }),
      (host, port) => {
        deepStrictEqual(parseHostPort(`${host}:${port}`, 502), { host, port });
        deepStrictEqual(parseHostPort(host, 502), { host, port: 502 });
      },
    ),
  );
});

Deno.test("parseHostPort() gives back what an IPv6 address was put together from", () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 1, max: 65_535 }), (host, port) => {
      deepStrictEqual(parseHostPort(`[${host}]:${port}`, 502), { host, port });
      deepStrictEqual(parseHostPort(`[${host}]`, 502), { host, port: 502 });
      deepStrictEqual(parseHostPort(host, 502), { host, port: 502 });
    }),
  );
});

Deno.test("parseHostPort() knows what is none", () => {
  for (
    const text of [
      "",
      ":502",
      "host:",
      "host:0",
      "host:65536",
      "host:abc",
      "[::1",
      "[host]:502",
      "[::1]502",
      "tcp://host",
      "two words",
    ]
  ) strictEqual(parseHostPort(text, 502), undefined, text);
});

Deno.test("parseHostPort() keeps the zone of a link-local address", () => {
  deepStrictEqual(parseHostPort("[fe80::1%eth0]:502", 1), {
    host: "fe80::1%eth0",
    port: 502,
  });
});
