/**
 * The connections of one client to the brokers of a cluster, and the layouts of the
 * topics, which outlive the client.
 *
 * @module
 */

import { bad, good, type Result } from "../../../base/result.ts";
import { SYSTEM_CLOCK } from "../../../platform/system_clock.ts";
import type { SendFailure } from "../../uplink.ts";
import type { BrokerConnection } from "../broker_connection.ts";
import { failureOfCode } from "../broker_requests.ts";
import type { KafkaClient } from "../client.ts";
import type { TopicTimes } from "../produce/timestamp.ts";
import { createTopicTimes } from "./topic_times.ts";
import {
  addMetadata,
  type ClusterLayout,
  EMPTY_LAYOUT,
  forgetLeader,
  forgetTopic,
  type NodeAddress,
  type TopicLayout,
} from "./topic_layout.ts";

/** Layouts are requested again after this, so that added partitions are used. */
const LAYOUT_AGE_MAX_MS = 300_000;

/** What is known of the topics; shared by the clients of an uplink. */
export interface TopicDirectory {
  readonly layout: ClusterLayout;
  /** Topics that existed when they were last asked for. */
  readonly known: ReadonlySet<string>;
  /** Requests the layouts of topics; the failure of each, null if it can be sent to. */
  request(
    connection: BrokerConnection,
    topics: readonly string[],
  ): Promise<ReadonlyMap<string, SendFailure | null>>;
  /** Which timestamps the topic accepts; undefined = unknown. */
  timesOf(topic: string): TopicTimes | undefined;
  /** The broker refused records of the topic with these times. */
  refusedTimes(topic: string, sampledAtMs: readonly number[]): void;
  /** True if the layouts are so old that they must be requested again. */
  isStale(): boolean;
  forget(topic: string): void;
  /** Forgets the layouts of the topics that this node leads a partition of. */
  forgetLeader(nodeId: number): void;
  forgetAll(): void;
}

/** Creates an empty directory. */
export function createTopicDirectory(): TopicDirectory {
  let layout = EMPTY_LAYOUT;
  let requestedMs = -Infinity;
  const known = new Set<string>();
  const times = createTopicTimes();
  return {
    get layout() {
      return layout;
    },
    known,
    async request(connection, topics) {
      const metadata = await connection.metadata(topics);
      const isComplete = known.values().every((topic) => topics.includes(topic));
      if (isComplete) requestedMs = SYSTEM_CLOCK.monotonicMs();
      const { clusterId } = layout;
      layout = addMetadata(layout, metadata);
      if (layout.clusterId !== clusterId) times.forgetAll();
      for (const topic of topics) {
        if (layout.topics.has(topic)) known.add(topic);
        else known.delete(topic);
      }
      await times.request(
        connection,
        topics.filter((topic) => layout.topics.has(topic)),
      );
      return new Map(
        metadata.topicMetadata.map(({ topic, topicErrorCode, partitionMetadata }) => {
          const firstCode = partitionMetadata.every(({ leader }) => leader < 0)
            ? partitionMetadata[0]?.partitionErrorCode ?? 0
            : 0;
          return [topic, failureOfCode(topicErrorCode) ?? failureOfCode(firstCode)];
        }),
      );
    },
    timesOf: (topic) => times.of(topic),
    refusedTimes: (topic, sampledAtMs) => times.refused(topic, sampledAtMs),
    isStale: () => SYSTEM_CLOCK.monotonicMs() - requestedMs > LAYOUT_AGE_MAX_MS,
    forget(topic) {
      layout = forgetTopic(layout, topic);
    },
    forgetLeader(nodeId) {
      layout = forgetLeader(layout, nodeId);
    },
    forgetAll() {
      layout = { ...EMPTY_LAYOUT, clusterId: layout.clusterId };
    },
  };
}

/** Connections to the brokers of a cluster. They end with the client. */
export interface Cluster {
  /** A connection to any broker; tries the configured ones in order. */
  any(): Promise<BrokerConnection>;
  /**
   * A connection to the broker with this node id; null = to any. Rejects if it leads to
   * another cluster than the one with this id.
   */
  toNode(nodeId: number | null, clusterId: string | null): Promise<BrokerConnection>;
  /** Id of the cluster of the layouts; null = unknown. */
  clusterId(): string | null;
  /** The address of the broker with this node id. */
  addressOf(nodeId: number): NodeAddress | undefined;
  /** Closes the connection to a node that has failed, and forgets what it leads. */
  dropNode(nodeId: number): void;
  /** Closes what the brokers have closed since the last send; true if there is any. */
  dropClosed(): boolean;
  /** True if a connection is open. */
  isConnected(): boolean;
  /** The layout of a topic, requested unless it is known. */
  layoutOf(topic: string): Promise<Result<TopicLayout, SendFailure>>;
}

/** Creates a cluster without connections. */
export function createCluster(client: KafkaClient, directory: TopicDirectory): Cluster {
  const connections = new Map<string, BrokerConnection>();

  async function connect(address: NodeAddress): Promise<BrokerConnection> {
    const name = nameOf(address);
    const connection = connections.get(name) ?? client.connectionTo(address);
    connections.set(name, connection);
    try {
      if (!connection.isConnected()) await connection.connect();
    } catch (error) {
      close(name);
      throw error;
    }
    return connection;
  }

  /** A connection of kafkajs that has failed may never work again: it is not reused. */
  function close(name: string): void {
    connections.get(name)?.close();
    connections.delete(name);
  }

  async function any(): Promise<BrokerConnection> {
    for (const connection of connections.values()) {
      if (connection.isConnected()) return connection;
    }
    let failure: unknown = new Error("no broker is configured");
    for (const seed of client.seeds) {
      try {
        return await connect(seed);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /**
   * A name can lead to another cluster once a connection is opened again: one that was
   * rebuilt, or a second one.
   */
  async function ofCluster(
    connection: BrokerConnection,
    clusterId: string | null,
  ): Promise<BrokerConnection> {
    if (connection.clusterId === undefined) {
      await connection.metadata([...directory.known]);
    }
    if (connection.clusterId === clusterId) return connection;
    const [name] = [...connections].find(([, it]) => it === connection) ?? [""];
    close(name);
    directory.forgetAll();
    throw Object.assign(new Error("the address leads to another Kafka cluster"), {
      name: "KafkaJSConnectionError",
    });
  }

  return {
    any,
    async toNode(nodeId, clusterId) {
      const address = nodeId === null ? undefined : directory.layout.nodes.get(nodeId);
      const connection = await (address === undefined ? any() : connect(address));
      return await ofCluster(connection, clusterId);
    },
    clusterId: () => directory.layout.clusterId,
    dropClosed() {
      const closed = [...connections].filter(([, it]) => !it.isConnected());
      for (const [name] of closed) close(name);
      return closed.length > 0;
    },
    addressOf: (nodeId) => directory.layout.nodes.get(nodeId),
    dropNode(nodeId) {
      const address = directory.layout.nodes.get(nodeId);
      // Requests to a node without an address use any connection.
      const names = address === undefined ? [...connections.keys()] : [nameOf(address)];
      for (const name of names) close(name);
      if (address !== undefined) client.addresses.closed(address);
      directory.forgetLeader(nodeId);
    },
    isConnected: () => connections.values().some((it) => it.isConnected()),
    async layoutOf(topic) {
      const found = directory.layout.topics.get(topic);
      if (found !== undefined && !directory.isStale()) return good(found);
      // One request renews all layouts; an error of one topic is its own.
      const wanted = [...new Set([...directory.known, topic])];
      const failures = await directory.request(await any(), wanted);
      const layout = directory.layout.topics.get(topic);
      if (layout !== undefined) return good(layout);
      return bad(
        failures.get(topic) ??
          {
            errorName: "LEADER_NOT_AVAILABLE",
            detail: `topic ${topic} has no partitions`,
          },
      );
    },
  };
}

function nameOf({ host, port }: NodeAddress): string {
  return `${host}:${port}`;
}
