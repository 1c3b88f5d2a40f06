import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nameFailure } from "./errors.ts";

Deno.test("nameFailure() answers whatever is thrown, however it is nested", () => {
  fc.assert(fc.property(fc.anything(), fc.boolean(), (thrown, produced) => {
    const failure = nameFailure({ name: "Outer", cause: thrown }, { produced });
    ok(failure.errorName !== "" && typeof failure.detail === "string");
  }));
  const loop: { name: string; cause?: unknown } = { name: "Loop" };
  loop.cause = loop;
  strictEqual(nameFailure(loop, { produced: false }).errorName, "Loop");
});

Deno.test("nameFailure() finds the broker's own name under the client's", () => {
  const thrown = {
    name: "KafkaJSNumberOfRetriesExceeded",
    message: "This server does not host this topic-partition",
    cause: {
      name: "KafkaJSProtocolError",
      type: "UNKNOWN_TOPIC_OR_PARTITION",
      message: "This server does not host this topic-partition",
    },
  };
  deepStrictEqual(nameFailure(thrown, { produced: true }), {
    errorName: "UNKNOWN_TOPIC_OR_PARTITION",
    detail: "This server does not host this topic-partition",
  });
});

Deno.test("nameFailure() says TIMEOUT only if rows had left", () => {
  const closed = { name: "KafkaJSConnectionClosedError", message: "Closed connection" };
  strictEqual(nameFailure(closed, { produced: true }).errorName, "TIMEOUT");
  strictEqual(nameFailure(closed, { produced: false }).errorName, "UNREACHABLE");
});

Deno.test("nameFailure() names TLS and SASL failures by their words", () => {
  const table: [string, string, string][] = [
    [
      "KafkaJSConnectionError",
      "invalid peer certificate: UnknownIssuer",
      "TLS_UNTRUSTED",
    ],
    ["KafkaJSConnectionError", "self-signed certificate", "TLS_UNTRUSTED"],
    [
      "KafkaJSConnectionError",
      'invalid peer certificate: certificate not valid for name "x"; certificate is only valid for DnsName("y")',
      "TLS_WRONG_NAME",
    ],
    [
      "KafkaJSConnectionError",
      "invalid peer certificate: NotValidForName",
      "TLS_WRONG_NAME",
    ],
    [
      "KafkaJSConnectionError",
      "invalid peer certificate: certificate expired: now 2 > 1",
      "TLS_EXPIRED",
    ],
    ["KafkaJSConnectionError", "received fatal alert: BadCertificate", "TLS_FAILURE"],
    ["KafkaJSConnectionError", "No keys found in key data", "TLS_FAILURE"],
    ["Error", "the ca file holds no PEM certificate", "TLS_FAILURE"],
    ["KafkaJSConnectionError", "connect ECONNREFUSED 127.0.0.1:1", "UNREACHABLE"],
    [
      "KafkaJSSASLAuthenticationError",
      "SASL PLAIN authentication failed",
      "SASL_AUTHENTICATION_FAILED",
    ],
    [
      "KafkaJSSASLAuthenticationError",
      "SASL PLAIN mechanism is not supported by the server",
      "UNSUPPORTED_SASL_MECHANISM",
    ],
  ];
  for (const [name, message, errorName] of table) {
    strictEqual(
      nameFailure({ name, message }, { produced: false }).errorName,
      errorName,
    );
  }
});
