import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { HOSTS_MAX, parseTargets } from "./targets.ts";

const PORTS = [502, 1_502];
const options = { ports: PORTS, large: false };

Deno.test("parseTargets() expands networks, ranges, names and addresses, each host once", () => {
  const listed = parseTargets([
    "10.0.0.0/30",
    "10.0.0.2-3",
    "inverter.lan",
    "meter-7",
    "10.0.0.1:5020",
    "fe80::1%eth0",
    "[::1]:502",
    "[::2]",
  ], options);
  deepStrictEqual(listed, {
    ok: true,
    value: [
      { host: "10.0.0.1", ports: [502, 1_502, 5_020] },
      { host: "10.0.0.2", ports: PORTS },
      { host: "10.0.0.3", ports: PORTS },
      { host: "inverter.lan", ports: PORTS },
      { host: "meter-7", ports: PORTS },
      { host: "fe80::1%eth0", ports: PORTS },
      { host: "::1", ports: [502] },
      { host: "::2", ports: PORTS },
    ],
  });
});

Deno.test("parseTargets() requires --yes-large for many hosts, and rejects more than a /16", () => {
  const network = parseTargets(["10.0.0.0/20"], options);
  ok(!network.ok);
  match(
    network.fault,
    /^4094 hosts exceed the default limit of 1024; --yes-large allows more$/,
  );
  const large = parseTargets(["10.0.0.0/20"], { ...options, large: true });
  strictEqual(large.ok && large.value.length, 4_094);
  const small = parseTargets(["10.0.0.0/22"], options);
  strictEqual(small.ok && small.value.length, HOSTS_MAX - 2);
  ok(!parseTargets(["10.0.0.0/8"], { ...options, large: true }).ok);
  ok(!parseTargets(["10.0.0.0/16", "10.1.0.0/16"], { ...options, large: true }).ok);
});

Deno.test("parseTargets() names an invalid target", () => {
  for (
    const expression of [
      "",
      "10.0.0.300",
      "10.0.0.9-5",
      "10.0.0.0/33",
      "a b",
      "x:0",
      "::g",
    ]
  ) {
    const listed = parseTargets([expression], options);
    ok(!listed.ok && listed.fault.includes(expression), expression);
  }
});
