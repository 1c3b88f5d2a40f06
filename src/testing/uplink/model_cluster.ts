/**
 * A cluster in memory for tests of a send: partitions that discard what they have stored
 * before, as brokers do for an idempotent producer.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import type { BrokerConnection } from "../../uplink/kafka/broker_connection.ts";
import type {
  OutgoingPartition,
  PartitionResult,
  ProduceRequest,
} from "../../uplink/kafka/produce/request.ts";
import type { Cluster } from "../../uplink/kafka/cluster/cluster.ts";
import { partitionOf } from "../../uplink/kafka/cluster/topic_layout.ts";
import type { StoredRow } from "../../buffer/buffer.ts";

/** Number of partitions; each has a leader of its own. */
export const MODEL_PARTITIONS = 3;

/** What happens to the rows of one partition in one request. */
export interface Fate {
  readonly isStored: boolean;
  /**
   * The error of the answer; null = none; `lost` = no answer arrives; `no leader` = the
   * layout has no leader, so nothing is sent.
   */
  readonly answer: string | null;
}

/** What happens in one round of requests. */
export interface RoundFate {
  /** The error of the layout request; `lost` = the connection fails. */
  readonly layout: string | null;
  /** By partition; by default the rows are stored. */
  readonly partitions: readonly (Fate | undefined)[];
}

/** The rows are stored, and the answer arrives. */
export const STORED: Fate = { isStored: true, answer: null };

/** A cluster in memory. */
export interface ModelCluster {
  readonly cluster: Cluster;
  /** Ids of the stored rows, in order of their arrival. */
  readonly storedIds: readonly number[];
  /** Rows that were sent and whose result the client cannot know. */
  readonly unknownIds: ReadonlySet<number>;
  /** Defines the next rounds; after them everything is stored. */
  plan(rounds: readonly RoundFate[]): void;
  /**
   * Replaces the cluster by an empty one with another id, in which other producers have
   * used the ids 1 to `producers` and stored this number of records in each partition.
   */
  replace(producers: number, stored: number): void;
}

/** Creates a cluster in which everything is stored. */
export function createModelCluster(): ModelCluster {
  const storedIds: number[] = [];
  const unknownIds = new Set<number>();
  const nextSequences = new Map<string, number>();
  let rounds: RoundFate[] = [];
  let now: RoundFate | undefined;
  let producers = 0;
  let clusters = 1;

  /** Stores the records unless their sequence numbers are known; false = out of order. */
  function store(request: ProduceRequest, part: OutgoingPartition): boolean {
    const name = `${request.producer.producerId}/${part.partition}`;
    const expected = nextSequences.get(name) ?? 0;
    if (part.firstSequence > expected) return false;
    if (part.firstSequence < expected) return true;
    nextSequences.set(name, expected + part.records.length);
    storedIds.push(...idsOf(part));
    return true;
  }

  function answer(request: ProduceRequest, part: OutgoingPartition): PartitionResult {
    const fate = now?.partitions[part.partition] ?? STORED;
    if (fate.isStored && !store(request, part)) {
      return failed(part, "OUT_OF_ORDER_SEQUENCE_NUMBER");
    }
    if (fate.isStored && fate.answer !== null) {
      for (const id of idsOf(part)) unknownIds.add(id);
    }
    if (fate.answer === "lost") throw lostConnection();
    return fate.answer === null
      ? { partition: part.partition, failure: null, culprits: [] }
      : failed(part, fate.answer);
  }

  const connection: BrokerConnection = {
    connect: () => Promise.resolve(),
    isConnected: () => true,
    get clusterId() {
      return String(clusters);
    },
    metadata: () => Promise.reject(new Error("not used")),
    topicSettings: () => Promise.resolve(new Map()),
    initProducerId: () =>
      Promise.resolve({ producerId: String(++producers), producerEpoch: 0 }),
    close: () => {},
    async produce(request) {
      await Promise.resolve();
      return request.partitions.map((part) => answer(request, part));
    },
  };
  return {
    storedIds,
    unknownIds,
    plan: (next) => void (rounds = [...next]),
    replace(others, stored) {
      clusters++;
      producers = others;
      nextSequences.clear();
      for (let id = 1; id <= others; id++) {
        for (let partition = 0; partition < MODEL_PARTITIONS; partition++) {
          nextSequences.set(`${id}/${partition}`, stored);
        }
      }
    },
    cluster: {
      any: () => Promise.resolve(connection),
      toNode: () => Promise.resolve(connection),
      clusterId: () => String(clusters),
      dropClosed: () => false,
      addressOf: () => undefined,
      dropNode: () => {},
      isConnected: () => true,
      async layoutOf() {
        await Promise.resolve();
        now = rounds.shift();
        const fault = now?.layout ?? null;
        if (fault === "lost") throw lostConnection();
        if (fault !== null) return bad({ errorName: fault, detail: "" });
        return good({
          partitionCount: MODEL_PARTITIONS,
          leaders: new Map(
            Array.from({ length: MODEL_PARTITIONS }, (_, at) => [at, at] as const)
              .filter(([at]) => now?.partitions[at]?.answer !== "no leader"),
          ),
        });
      },
    },
  };
}

/** A row whose key belongs to this partition and whose payload is its id. */
export function rowOfPartition(id: number, partition: number): StoredRow {
  for (let at = 0;; at++) {
    const key = `device-${at}`;
    if (partitionOf(key, MODEL_PARTITIONS) !== partition) continue;
    const payload = new TextEncoder().encode(String(id));
    return { id, topic: "t", key, payload, createdAtMs: Date.now(), retryCount: 0 };
  }
}

function idsOf({ records }: OutgoingPartition): number[] {
  return records.map(({ payload }) => Number(new TextDecoder().decode(payload)));
}

function failed({ partition }: OutgoingPartition, errorName: string): PartitionResult {
  return { partition, failure: { errorName, detail: "" }, culprits: [] };
}

function lostConnection(): Error {
  const error = new Error("Closed connection");
  error.name = "KafkaJSConnectionClosedError";
  return error;
}
