import { match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  BURIED_IN_A_ROW_MAX,
  type FailedBatch,
  isRefusal,
  judge,
  type Verdict,
} from "./disposition.ts";

const BATCH: FailedBatch = {
  errorName: "UNREACHABLE",
  detail: "words",
  topic: "sunspec.meter",
  rows: 10,
  brokerAddress: "kafka1.example:9093",
  buriedInARow: 0,
};

Deno.test("judge() buries only a row that is alone and whose content is refused", () => {
  const name = fc.oneof(
    fc.string(),
    fc.constantFrom(
      ...["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_RECORD", "TIMEOUT"],
      ...["INVALID_TIMESTAMP", "toString", "__proto__", "NOT_ENOUGH_REPLICAS"],
    ),
  );
  fc.assert(fc.property(name, fc.integer({ min: 1, max: 5 }), (errorName, rows) => {
    const verdict = judge({ ...BATCH, errorName, rows });
    if (verdict.then === "bury") ok(rows === 1 && isRefusal(errorName));
    if (verdict.then === "split") ok(rows > 1 && isRefusal(errorName));
  }));
});

Deno.test("judge() says for each known error what becomes of ten rows, and of one", () => {
  const table: [string, Verdict["then"], Verdict["then"], ("topic" | "uplink")?][] = [
    ["UNREACHABLE", "retry", "retry", "uplink"],
    ["TIMEOUT", "shrink", "shrink", "uplink"],
    ["NOT_LEADER_FOR_PARTITION", "retry", "retry", "topic"],
    ["LEADER_NOT_AVAILABLE", "retry", "retry", "topic"],
    ["NOT_ENOUGH_REPLICAS", "retry", "retry", "topic"],
    ["NOT_ENOUGH_REPLICAS_AFTER_APPEND", "retry", "retry", "topic"],
    ["KAFKA_STORAGE_ERROR", "retry", "retry", "topic"],
    ["OUT_OF_ORDER_SEQUENCE_NUMBER", "retry", "retry", "topic"],
    ["CORRUPT_MESSAGE", "retry", "retry", "topic"],
    ["AN_ERROR_OF_TOMORROW", "retry", "retry", "topic"],
    ["MESSAGE_TOO_LARGE", "split", "bury"],
    ["RECORD_LIST_TOO_LARGE", "split", "bury"],
    ["INVALID_RECORD", "split", "bury"],
    ["INVALID_TIMESTAMP", "hold", "hold", "topic"],
    ["UNKNOWN_TOPIC_OR_PARTITION", "hold", "hold", "topic"],
    ["INVALID_TOPIC_EXCEPTION", "hold", "hold", "topic"],
    ["TOPIC_AUTHORIZATION_FAILED", "hold", "hold", "topic"],
    ["POLICY_VIOLATION", "hold", "hold", "topic"],
    ["UNSUPPORTED_COMPRESSION_TYPE", "hold", "hold", "topic"],
    ["CLUSTER_AUTHORIZATION_FAILED", "hold", "hold", "uplink"],
    ["SASL_AUTHENTICATION_FAILED", "hold", "hold", "uplink"],
    ["TLS_UNTRUSTED", "hold", "hold", "uplink"],
    ["TLS_WRONG_NAME", "hold", "hold", "uplink"],
    ["DISK_FULL", "hold", "hold", "uplink"],
    ["DISK_FAILURE", "hold", "hold", "uplink"],
  ];
  for (const [errorName, many, one, scope] of table) {
    const verdicts = [10, 1].map((rows) => judge({ ...BATCH, errorName, rows }));
    strictEqual(verdicts[0]?.then, many, errorName);
    strictEqual(verdicts[1]?.then, one, errorName);
    for (const verdict of verdicts) {
      if (verdict !== undefined && "scope" in verdict) {
        strictEqual(verdict.scope, scope, errorName);
      }
    }
  }
});

Deno.test("judge() gives the command that creates a missing topic", () => {
  const verdict = judge({ ...BATCH, errorName: "UNKNOWN_TOPIC_OR_PARTITION" });
  match(
    verdict.then === "hold" ? verdict.alarm : "",
    /kafka-topics\.sh --bootstrap-server kafka1\.example:9093 --create --topic sunspec\.meter$/,
  );
});

Deno.test("judge() stops burying when a topic refuses row after row", () => {
  const batch = { ...BATCH, errorName: "INVALID_RECORD", rows: 1 };
  const before = judge({ ...batch, buriedInARow: BURIED_IN_A_ROW_MAX - 1 });
  strictEqual(before.then, "bury");
  strictEqual(judge({ ...batch, buriedInARow: BURIED_IN_A_ROW_MAX }).then, "hold");
});
