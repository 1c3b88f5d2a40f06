import { strictEqual } from "node:assert/strict";
import { describeClientLine } from "./client_log.ts";

Deno.test("describeClientLine() rewrites the lines that kafkajs repeats", () => {
  const broker = "kafka1:9092";
  for (
    const [namespace, message, expected] of [
      [
        "Connection",
        "Connection error: connect ECONNREFUSED 127.0.0.1:9092",
        "127.0.0.1:9092 refused the connection",
      ],
      [
        "Connection",
        "Connection error: read ECONNRESET",
        "kafka1:9092 closed the connection",
      ],
      ["Connection", "Connection timeout", "connection to kafka1:9092 timed out"],
      [
        "Connection",
        "Connection error: invalid peer certificate: Expired",
        "connection to kafka1:9092 failed (invalid peer certificate: Expired)",
      ],
      [
        "Connection",
        "Response Produce(key: 0, version: 7)",
        "kafka1:9092 answered a Produce request with an error",
      ],
      [
        "BrokerPool",
        "Failed to connect to seed broker, trying another broker from the list: x",
        "no connection to a broker; trying again",
      ],
      ["Producer", `one\n${"x".repeat(500)}`, "Producer: one"],
    ] as const
  ) strictEqual(describeClientLine({ namespace, message, broker }), expected);
});
