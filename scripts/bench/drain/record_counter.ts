/**
 * Counts the records of topics at the broker, often and over one connection.
 *
 * @module
 */

import { createKafkaClient } from "../../../src/uplink/kafka/client.ts";

/** A connection to the broker that counts records. */
export interface RecordCounter extends AsyncDisposable {
  /** Records in all topics; undefined if the broker does not know yet (it is starting). */
  count(): Promise<number | undefined>;
}

/** Connects a counter. */
export async function createRecordCounter(
  bootstrap: string,
  topics: readonly string[],
): Promise<RecordCounter> {
  // Uses the agent's client: without its workarounds an idle kafkajs client runs a busy loop.
  const client = createKafkaClient(
    { brokers: [bootstrap], clientId: "bench", securityProtocol: "PLAINTEXT" },
    0,
    () => {},
  );
  const admin = client.kafka.admin();
  await admin.connect();
  return {
    async count() {
      let records = 0;
      try {
        for (const topic of topics) {
          for (const { low, high } of await admin.fetchTopicOffsets(topic)) {
            records += Number(high) - Number(low);
          }
        }
      } catch {
        return undefined;
      }
      return records;
    },
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      client.destroy();
    },
  };
}
