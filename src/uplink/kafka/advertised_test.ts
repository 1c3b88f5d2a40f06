import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { ADVERTISED_UNREACHABLE, createBrokerAddresses } from "./advertised.ts";

const CONFIGURED = { host: "kafka1.example", port: 9093 };
const ADVERTISED = { host: "fd00::7", port: 9092 };
const REFUSED = { errorName: "UNREACHABLE", detail: "it refused the connection" };

Deno.test("explain() names the advertised address, the broker, the cause and the setting", () => {
  const addresses = createBrokerAddresses([CONFIGURED]);
  addresses.tried(CONFIGURED);
  addresses.answered(CONFIGURED);
  addresses.tried(ADVERTISED);
  const { errorName, detail } = addresses.explain(REFUSED);
  strictEqual(errorName, ADVERTISED_UNREACHABLE);
  match(
    detail,
    /kafka1\.example:9093 advertises the address \[fd00::7\]:9092, .*refused.*; change advertised\.listeners/,
  );
});

Deno.test("explain() does not change a failure that an advertised address does not explain", () => {
  const addresses = createBrokerAddresses([CONFIGURED]);
  addresses.tried(CONFIGURED);
  deepStrictEqual(addresses.explain(REFUSED), REFUSED, "the configured broker is down");
  addresses.answered(CONFIGURED);
  deepStrictEqual(addresses.explain(REFUSED), REFUSED, "nothing else was tried");
  addresses.tried(ADVERTISED);
  addresses.answered(ADVERTISED);
  deepStrictEqual(addresses.explain(REFUSED), REFUSED, "the broker answered");
  addresses.tried({ host: "other", port: 9092 });
  const refusal = { errorName: "NOT_ENOUGH_REPLICAS", detail: "the broker answered" };
  deepStrictEqual(addresses.explain(refusal), refusal);
});

Deno.test("explain() keeps the name of a failure after which rows may have arrived", () => {
  const addresses = createBrokerAddresses([CONFIGURED]);
  addresses.tried(CONFIGURED);
  addresses.answered(CONFIGURED);
  addresses.tried(ADVERTISED);
  const timeout = { errorName: "TIMEOUT", detail: "it refused the connection" };
  const { errorName, detail } = addresses.explain(timeout);
  strictEqual(errorName, "TIMEOUT");
  match(detail, /advertised\.listeners/);
});

Deno.test("explain() names the advertised address whose certificate has another name", () => {
  const addresses = createBrokerAddresses([CONFIGURED]);
  addresses.tried(CONFIGURED);
  const failure = { errorName: "TLS_WRONG_NAME", detail: "NotValidForName" };
  deepStrictEqual(addresses.explain(failure), failure, "the configured name is wrong");
  addresses.answered(CONFIGURED);
  addresses.tried(ADVERTISED);
  deepStrictEqual(addresses.explain(failure), {
    errorName: "TLS_WRONG_NAME",
    detail:
      "NotValidForName; at the address [fd00::7]:9092, which the broker at kafka1.example:9093 advertises",
  });
});

Deno.test("explain() names the address of the failure if several were tried", () => {
  const addresses = createBrokerAddresses([CONFIGURED]);
  addresses.tried(CONFIGURED);
  addresses.answered(CONFIGURED);
  addresses.tried(ADVERTISED);
  addresses.tried({ host: "kafka-1", port: 9092 });
  const { detail } = addresses.explain({
    errorName: "UNREACHABLE",
    detail: "host name kafka-1 not found",
  });
  match(detail, /advertises the address kafka-1:9092/);
});
