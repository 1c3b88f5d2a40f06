import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nameFailure } from "./errors.ts";

Deno.test("nameFailure() returns a name and a text for any thrown value", () => {
  fc.assert(fc.property(fc.anything(), fc.boolean(), (thrown, produced) => {
    const failure = nameFailure({ name: "Outer", cause: thrown }, { produced });
    ok(failure.errorName !== "" && typeof failure.detail === "string");
  }));
  const loop: { name: string; cause?: unknown } = { name: "Loop" };
  loop.cause = loop;
  strictEqual(nameFailure(loop, { produced: false }).errorName, "Loop");
});

Deno.test("nameFailure() prefers the broker's error name to those of the client", () => {
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

Deno.test("nameFailure() returns TIMEOUT only if rows had been sent", () => {
  const closed = { name: "KafkaJSConnectionClosedError", message: "Closed connection" };
  strictEqual(nameFailure(closed, { produced: true }).errorName, "TIMEOUT");
  strictEqual(nameFailure(closed, { produced: false }).errorName, "UNREACHABLE");
});

Deno.test("nameFailure() recognises TLS and SASL failures by their messages", () => {
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
    ["Error", "the ca file contains no PEM certificate", "TLS_FAILURE"],
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

Deno.test("nameFailure() describes a failed connection with the address of the broker", () => {
  const table = [
    [
      "Connection error: connect ECONNREFUSED 127.0.0.1:9092",
      "127.0.0.1:9092 refused the connection",
    ],
    [
      "Connection error: connect ECONNREFUSED ::1:9092",
      "[::1]:9092 refused the connection",
    ],
    ["Connection error: getaddrinfo ENOTFOUND kafka1", "host name kafka1 not found"],
    ["Closed connection", "kafka1:9092 closed the connection"],
    ["Connection timeout", "connection to kafka1:9092 timed out"],
    ["Failed to find a broker", "Failed to find a broker"],
  ] as const;
  for (const [message, detail] of table) {
    const thrown = { name: "KafkaJSConnectionError", message, broker: "kafka1:9092" };
    strictEqual(nameFailure(thrown, { produced: false }).detail, detail);
  }
});
