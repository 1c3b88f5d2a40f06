/**
 * Counts the records of a topic at the broker, in the same way for every program.
 *
 * @module
 */

import { createKafkaClient } from "../../src/uplink/kafka/client.ts";

/** Counts the records of a topic. */
export async function countRecords(bootstrap: string, topic: string): Promise<number> {
  // The agent's own way to kafkajs: without its cures an idle client spins.
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
