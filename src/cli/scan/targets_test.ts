import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { HOSTS_MAX, listHosts } from "./targets.ts";

const PORTS = [502, 1_502];
const options = { ports: PORTS, large: false };

Deno.test("hosts are taken from networks, ranges, names and addresses, each once", () => {
  const listed = listHosts([
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

Deno.test("many hosts need a yes, and more than a /16 has are refused", () => {
  const network = listHosts(["10.0.0.0/20"], options);
  ok(!network.ok);
  match(network.fault, /^4094 hosts are many: --yes-large/);
  const large = listHosts(["10.0.0.0/20"], { ...options, large: true });
  strictEqual(large.ok && large.value.length, 4_094);
  const small = listHosts(["10.0.0.0/22"], options);
  strictEqual(small.ok && small.value.length, HOSTS_MAX - 2);
  ok(!listHosts(["10.0.0.0/8"], { ...options, large: true }).ok);
  ok(!listHosts(["10.0.0.0/16", "10.1.0.0/16"], { ...options, large: true }).ok);
});

Deno.test("what is no target is named", () => {
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
    const listed = listHosts([expression], options);
    ok(!listed.ok && listed.fault.includes(expression), expression);
  }
});
