import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { rowOfPartition } from "../../testing/uplink/model_cluster.ts";
import type { BrokerConnection } from "./broker_connection.ts";
import { createBrokerAddresses } from "./advertised.ts";
import type { KafkaClient } from "./client.ts";
import { createKafkaUplink } from "./kafka_uplink.ts";
import type { KafkaOptions } from "./options.ts";

const OPTIONS: KafkaOptions = {
  brokers: ["broker-0:9092"],
  clientId: "test",
  securityProtocol: "PLAINTEXT",
  messageTimeoutMs: 50,
};
const NODES = 3;

/** How the node 2 fails. */
type Fault = "refused" | "closed" | "silent";

for (const fault of ["refused", "closed", "silent"] as const) {
  Deno.test(`a leader that fails (${fault}) loses only its own connection`, async () => {
    const world = createWorld(fault);
    const uplink = createKafkaUplink(OPTIONS, () => {}, () => world.client());
    const signal = new AbortController().signal;
    const healthy = (id: number) => ({ ...rowOfPartition(id, 0), topic: "healthy" });
    const row = (id: number) => rowOfPartition(id, id % NODES);
    let failures = 0;
    strictEqual((await uplink.send([healthy(100)], signal)).ok, true);
    for (let turn = 1; turn <= 10; turn++) {
      const mixed = await uplink.send(
        [0, 1, 2].map((at) => row(turn * 30 + at)),
        signal,
      );
      const alone = await uplink.send([row(turn * 30 + 2)], signal);
      const layouts = world.layoutRequests;
      strictEqual((await uplink.send([healthy(100 + turn)], signal)).ok, true);
      strictEqual(world.layoutRequests, layouts, "its layout was forgotten");
      const parts = mixed.ok ? [] : mixed.parts ?? [];
      deepStrictEqual(parts.map(({ rows }) => rows.map(({ id }) => id)), [
        [turn * 30 + 2],
      ]);
      const names = [parts[0], alone.ok ? undefined : alone].map((it) =>
        it?.failure.errorName
      );
      const expected = fault === "refused" ? "ADVERTISED_UNREACHABLE" : "TIMEOUT";
      deepStrictEqual(names, [expected, expected]);
      failures += names.length;
    }
    await uplink.close();
    strictEqual(failures, 20, "the fault did not occur");
    strictEqual(world.clients, 1);
    deepStrictEqual(world.connections.get("broker-0:9092"), 1);
    deepStrictEqual(world.connections.get("broker-1:9092"), 1);
    ok((world.connections.get("broker-2:9092") ?? 0) >= 2);
  });
}

for (const next of ["first", "second"]) {
  Deno.test(`a producer id is not used again after the connections were lost (cluster "${next}")`, async () => {
    const world = createWorld("refused");
    const uplink = createKafkaUplink(OPTIONS, () => {}, () => world.client());
    const signal = new AbortController().signal;
    const row = (id: number) => ({ ...rowOfPartition(id, 0), topic: "healthy" });
    for (const id of [1, 2]) ok((await uplink.send([row(id)], signal)).ok);
    world.reconnectTo(next);
    let sends = 0;
    for (let result; !(result = await uplink.send([row(3)], signal)).ok;) {
      strictEqual(result.failure.errorName, "UNREACHABLE");
      ok(++sends < 2);
    }
    strictEqual(sends, next === "first" ? 0 : 1);
    ok((await uplink.send([row(4)], signal)).ok);
    await uplink.close();
    deepStrictEqual(world.sequences, [0, 1, 0, 1]);
    strictEqual(world.producerIds, 2);
  });
}

/** A cluster with three nodes; topic `t` has a partition on each, `healthy` on the first. */
function createWorld(fault: Fault) {
  const connections = new Map<string, number>();
  let layoutRequests = 0;
  let clients = 0;
  let clusterId = "first";
  let producerIds = 0;
  const sequences: number[] = [];
  const opened: (() => void)[] = [];
  const nodes = Array.from({ length: NODES }, (_, nodeId) => ({
    nodeId,
    host: `broker-${nodeId}`,
    port: 9092,
  }));
  const layoutOf = (topic: string) => ({
    topic,
    topicErrorCode: 0,
    partitionMetadata: nodes.map(({ nodeId }) => ({
      partitionErrorCode: 0,
      partitionId: nodeId,
      leader: topic === "healthy" ? 0 : nodeId,
    })),
  });

  function client(): KafkaClient {
    clients++;
    const addresses = createBrokerAddresses([{ host: "broker-0", port: 9092 }]);
    return {
      get kafka(): KafkaClient["kafka"] {
        throw new Error("not used");
      },
      seeds: [{ host: "broker-0", port: 9092 }],
      lastActivityMs: -Infinity,
      addresses,
      connectionTo({ host, port }): BrokerConnection {
        const name = `${host}:${port}`;
        connections.set(name, (connections.get(name) ?? 0) + 1);
        const isFaulty = host === "broker-2";
        let isOpen = false;
        let known: string | undefined;
        opened.push(() => void (isOpen = false));
        return {
          connect() {
            addresses.tried({ host, port });
            if (isFaulty && fault === "refused") return Promise.reject(closed(name));
            addresses.answered({ host, port });
            isOpen = true;
            known = undefined;
            return Promise.resolve();
          },
          isConnected: () => isOpen,
          get clusterId() {
            return known;
          },
          metadata(topics) {
            layoutRequests++;
            known = clusterId;
            return Promise.resolve({
              clusterId,
              brokers: nodes,
              topicMetadata: topics.map(layoutOf),
            });
          },
          initProducerId() {
            producerIds++;
            return Promise.resolve({ producerId: "7", producerEpoch: 0 });
          },
          topicSettings: () => Promise.resolve(new Map()),
          produce({ partitions }) {
            sequences.push(partitions[0]?.firstSequence ?? -1);
            if (isFaulty) {
              return fault === "silent"
                ? new Promise(() => {})
                : Promise.reject(closed(name));
            }
            return Promise.resolve(
              partitions.map(({ partition }) => ({
                partition,
                failure: null,
                culprits: [],
              })),
            );
          },
          close: () => void (isOpen = false),
        };
      },
      destroy: () => {},
    };
  }
  return {
    connections,
    client,
    sequences,
    /** All connections are closed; the next ones lead to the cluster with this id. */
    reconnectTo(next: string): void {
      clusterId = next;
      for (const close of opened.splice(0)) close();
    },
    get producerIds() {
      return producerIds;
    },
    get layoutRequests() {
      return layoutRequests;
    },
    get clients() {
      return clients;
    },
  };
}

function closed(broker: string): Error {
  return Object.assign(new Error("Closed connection"), {
    name: "KafkaJSConnectionClosedError",
    broker,
  });
}
