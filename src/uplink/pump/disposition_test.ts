import { match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  classifyFailure,
  DEAD_LETTERS_IN_A_ROW_MAX,
  type FailedBatch,
  type FailureAction,
  isContentRejection,
} from "./disposition.ts";

const BATCH: FailedBatch = {
  errorName: "UNREACHABLE",
  detail: "words",
  topic: "sunspec.meter",
  rows: 10,
  brokerAddress: "kafka1.example:9093",
  deadLettersInARow: 0,
};

Deno.test("classifyFailure() dead-letters only a single row whose content is rejected", () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "TIMEOUT"],
      ...["INVALID_TIMESTAMP", "toString", "__proto__", "NOT_ENOUGH_REPLICAS"],
    ),
  );
  fc.assert(fc.property(name, fc.integer({ min: 1, max: 5 }), (errorName, rows) => {
    const action = classifyFailure({ ...BATCH, errorName, rows });
    if (action.kind === "deadLetter") ok(rows === 1 && isContentRejection(errorName));
    if (action.kind === "split") ok(rows > 1 && isContentRejection(errorName));
  }));
});

Deno.test("classifyFailure() returns the documented action for ten rows and for one row", () => {
  const table: [
    string,
    FailureAction["kind"],
    FailureAction["kind"],
    ("streams" | "topic" | "uplink")?,
  ][] = [
    ["UNREACHABLE", "retry", "retry", "uplink"],
    ["ADVERTISED_UNREACHABLE", "retry", "retry", "uplink"],
    ["TIMEOUT", "shrink", "shrink", "uplink"],
    ["NOT_LEADER_FOR_PARTITION", "retry", "retry", "streams"],
    ["LEADER_NOT_AVAILABLE", "retry", "retry", "streams"],
    ["NOT_ENOUGH_REPLICAS", "retry", "retry", "streams"],
    ["NOT_ENOUGH_REPLICAS_AFTER_APPEND", "retry", "retry", "streams"],
    ["KAFKA_STORAGE_ERROR", "retry", "retry", "streams"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", "retry", "retry", "streams"],
    ["CORRUPT_MESSAGE", "retry", "retry", "streams"],
    ["AN_ERROR_OF_TOMORROW", "retry", "retry", "streams"],
    ["MESSAGE_TOO_LARGE", "split", "deadLetter"],
    ["RECORD_LIST_TOO_LARGE", "split", "deadLetter"],
    ["INVALID_RECORD", "split", "deadLetter"],
    ["INVALID_TIMESTAMP", "block", "block", "streams"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "block", "block", "topic"],
    ["INVALID_TOPIC_EXCEPTION", "block", "block", "topic"],
    ["TOPIC_AUTHORIZATION_FAILED", "block", "block", "topic"],
    ["SCHEMA_UNKNOWN", "block", "block", "streams"],
    ["POLICY_VIOLATION", "block", "block", "streams"],
    ["UNSUPPORTED_COMPRESSION_TYPE", "block", "block", "topic"],
    ["UNSUPPORTED_FOR_MESSAGE_FORMAT", "block", "block", "topic"],
    ["CLUSTER_AUTHORIZATION_FAILED", "block", "block", "uplink"],
    ["SASL_AUTHENTICATION_FAILED", "block", "block", "uplink"],
    ["TLS_UNTRUSTED", "block", "block", "uplink"],
    ["TLS_WRONG_NAME", "block", "block", "uplink"],
    ["DISK_FULL", "block", "block", "uplink"],
    ["DISK_FAILURE", "block", "block", "uplink"],
  ];
  for (const [errorName, many, one, scope] of table) {
    const actions = [10, 1].map((rows) =>
      classifyFailure({ ...BATCH, errorName, rows })
    );
    strictEqual(actions[0]?.kind, many, errorName);
    strictEqual(actions[1]?.kind, one, errorName);
    for (const action of actions) {
      if (action !== undefined && "scope" in action) {
        strictEqual(action.scope, scope, errorName);
      }
    }
  }
});

Deno.test("classifyFailure() names the command that creates a missing topic", () => {
  const action = classifyFailure({ ...BATCH, errorName: "UNKNOWN_TOPIC_OR_PARTITION" });
  match(
    action.kind === "block" ? action.alarm : "",
    /kafka-topics\.sh --bootstrap-server kafka1\.example:9093 --create --topic sunspec\.meter$/,
  );
});

Deno.test("classifyFailure() names the setting to change where compression is refused", () => {
  for (
    const errorName of [
      "UNSUPPORTED_FOR_MESSAGE_FORMAT",
      "UNSUPPORTED_COMPRESSION_TYPE",
    ]
  ) {
    const action = classifyFailure({ ...BATCH, errorName });
    const alarm = action.kind === "block" ? action.alarm : "";
    match(alarm, /sunspec\.meter.*Set uplink\.compression to "gzip" or "none"/);
  }
});

Deno.test("classifyFailure() names the command that deletes records without a schema", () => {
  const action = classifyFailure({ ...BATCH, errorName: "SCHEMA_UNKNOWN" });
  const alarm = action.kind === "block" ? action.alarm : "";
  match(alarm, /sunspec\.meter.*queue purge --older-than/);
});

Deno.test("classifyFailure() blocks a topic that rejects every row", () => {
  const batch = { ...BATCH, errorName: "INVALID_RECORD", rows: 1 };
  const before = classifyFailure({
    ...batch,
    deadLettersInARow: DEAD_LETTERS_IN_A_ROW_MAX - 1,
  });
  strictEqual(before.kind, "deadLetter");
  strictEqual(
    classifyFailure({ ...batch, deadLettersInARow: DEAD_LETTERS_IN_A_ROW_MAX }).kind,
    "block",
  );
});
