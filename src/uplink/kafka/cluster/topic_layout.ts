/**
 * The partitions of the topics and their leaders, from metadata responses. Pure.
 *
 * @module
 */

import { murmur2 } from "./murmur2.ts";

/** A metadata response, as kafkajs decodes it. */
export interface Metadata {
  /** Absent in responses of brokers before Kafka 0.10.1. */
  readonly clusterId?: string | null;
  readonly brokers: readonly {
    readonly nodeId: number;
    readonly host: string;
    readonly port: number;
  }[];
  readonly topicMetadata: readonly {
    readonly topic: string;
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly {
      readonly partitionErrorCode: number;
      readonly partitionId: number;
      readonly leader: number;
    }[];
  }[];
}

/** Address of a broker. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** The partitions of a topic. */
export interface TopicLayout {
  readonly partitionCount: number;
  /** Node id of the leader by partition; a partition without a leader is absent. */
  readonly leaders: ReadonlyMap<number, number>;
}

/** What is known of the cluster. */
export interface ClusterLayout {
  /** Null = not known, or the brokers do not state it. */
  readonly clusterId: string | null;
  readonly nodes: ReadonlyMap<number, NodeAddress>;
  readonly topics: ReadonlyMap<string, TopicLayout>;
}

/** Nothing is known. */
export const EMPTY_LAYOUT: ClusterLayout = {
  clusterId: null,
  nodes: new Map(),
  topics: new Map(),
};

/** Adds a response: topics with an error, and those of another cluster, are forgotten. */
export function addMetadata(layout: ClusterLayout, metadata: Metadata): ClusterLayout {
  const clusterId = metadata.clusterId ?? null;
  const topics = new Map(clusterId === layout.clusterId ? layout.topics : []);
  for (const { topic, topicErrorCode, partitionMetadata } of metadata.topicMetadata) {
    if (topicErrorCode !== 0 || partitionMetadata.length === 0) {
      topics.delete(topic);
      continue;
    }
    topics.set(topic, {
      partitionCount: partitionMetadata.length,
      leaders: new Map(
        partitionMetadata.filter(({ leader }) => leader >= 0)
          .map(({ partitionId, leader }) => [partitionId, leader]),
      ),
    });
  }
  const nodes = new Map(
    metadata.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]),
  );
  return { clusterId, nodes, topics };
}

/** Forgets a topic, so that it is asked for again. */
export function forgetTopic(layout: ClusterLayout, topic: string): ClusterLayout {
  const topics = new Map(layout.topics);
  topics.delete(topic);
  return { ...layout, topics };
}

/** Forgets the topics with a partition that this node leads: it may have moved. */
export function forgetLeader(layout: ClusterLayout, nodeId: number): ClusterLayout {
  const topics = new Map(
    [...layout.topics].filter(([, { leaders }]) =>
      leaders.values().every((leader) => leader !== nodeId)
    ),
  );
  return { ...layout, topics };
}

/**
 * The partition of a key: that of the default partitioner of the Java client
 * (org.apache.kafka.clients.producer.internals.BuiltInPartitioner).
 */
export function partitionOf(key: string, partitionCount: number): number {
  return (murmur2(new TextEncoder().encode(key)) & 0x7fff_ffff) % partitionCount;
}
