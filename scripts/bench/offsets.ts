/**
 * Counts the records of a topic at the broker, in the same way for every program.
 *
 * @module
 */

import { createKafkaClient } from "../../src/uplink/kafka/client.ts";

/** Counts the records of a topic. */
export async function countRecords(bootstrap: string, topic: string): Promise<number> {
  // Uses the agent's client: without its workarounds an idle kafkajs client runs a busy loop.
  const client = createKafkaClient(
    { brokers: [bootstrap], clientId: "bench", securityProtocol: "PLAINTEXT" },
    0,
    () => {},
  );
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    const partitions = await admin.fetchTopicOffsets(topic);
    return partitions.reduce(
      (sum, { low, high }) => sum + Number(high) - Number(low),
      0,
    );
  } finally {
    await admin.disconnect();
    client.destroy();
  }
}
