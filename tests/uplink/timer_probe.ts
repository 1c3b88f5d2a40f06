/**
 * Counts how often an idle, connected Kafka client checks its request queue in 2 s.
 * Arguments: raw|fixed BOOTSTRAP
 *
 * @module
 */

import { Kafka, logLevel, Partitioners } from "kafkajs";
import RequestQueue from "npm:kafkajs@2.2.4/src/network/requestQueue/index.js";
import { makeRows } from "../../src/testing/uplink/rows.ts";

const [which, bootstrap = ""] = Deno.args;
const [row] = makeRows("timer", 1);
if (row === undefined) throw new Error("no row");
if (which === "raw") {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafka.producer({ idempotent: true, createPartitioner });
  await producer.connect();
  await producer.send({
    topic: row.topic,
    messages: [{ key: row.key, value: new TextDecoder("latin1").decode(row.payload) }],
  });
} else {
  const { createKafkaUplink } = await import("../../src/uplink/kafka/kafka_uplink.ts");
  const uplink = createKafkaUplink({
    brokers: [bootstrap],
    clientId: "probe",
    securityProtocol: "PLAINTEXT",
  }, () => {});
  const result = await uplink.send([row], new AbortController().signal);
  if (!result.ok) throw new Error(result.failure.detail);
}
let checks = 0;
const prototype: { checkPendingRequests(): void } = RequestQueue.prototype;
const check = prototype.checkPendingRequests;
prototype.checkPendingRequests = function (): void {
  checks++;
  check.call(this);
};
await new Promise((resolve) => setTimeout(resolve, 2_000));
Deno.stdout.writeSync(new TextEncoder().encode(`${checks}\n`));
Deno.exit(0);
