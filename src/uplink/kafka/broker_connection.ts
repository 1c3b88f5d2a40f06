/**
 * One connection to one broker, through internal modules of npm:kafkajs 2.2.4.
 *
 * The public API of kafkajs is not sufficient: `producer.send` reports one error for a
 * whole response, and afterwards reuses the sequence numbers of the partitions that
 * had accepted their rows, whose next, different batch the broker then discards as a
 * duplicate. A metadata request for several topics fails if one of them has an error.
 * This file uses the connection and the authentication of kafkajs, `broker_requests.ts`
 * its encoders; the result is that of each partition and topic. The imports are pinned to
 * the exact version; no other file of the program imports these modules.
 *
 * @module
 */

import Broker from "npm:kafkajs@2.2.4/src/broker/index.js";
import { createLogger } from "npm:kafkajs@2.2.4/src/loggers/index.js";
import ConnectionPool from "npm:kafkajs@2.2.4/src/network/connectionPool.js";
import type { KafkaConfig } from "kafkajs";
import {
  type KafkajsBroker,
  produce,
  requestMetadata,
  requestSettings,
} from "./broker_requests.ts";
import type { Metadata } from "./cluster/topic_layout.ts";
import type { ProducerId } from "./produce/producer_state.ts";
import type { PartitionResult, ProduceRequest } from "./produce/request.ts";

/** A connection to a broker; each request rejects with an error of kafkajs. */
export interface BrokerConnection {
  /** Connects and authenticates. */
  connect(): Promise<void>;
  isConnected(): boolean;
  /** From the last metadata response; undefined = none yet, null = not stated in it. */
  readonly clusterId: string | null | undefined;
  /** Layouts of at least one topic; never creates a topic. */
  metadata(topics: readonly string[]): Promise<Metadata>;
  /** Requests a new id for an idempotent producer. */
  initProducerId(): Promise<ProducerId>;
  /**
   * Settings of topics by name; without the right to read those of a topic, it is
   * absent from the result.
   */
  topicSettings(
    topics: readonly string[],
    names: readonly string[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>>;
  produce(request: ProduceRequest): Promise<readonly PartitionResult[]>;
  /** Closes it at once and prevents that it is opened again. */
  close(): void;
}

/** Creates a connection without opening it. */
export function createBrokerConnection(
  config: KafkaConfig,
  host: string,
  port: number,
  close: () => void,
): BrokerConnection {
  const logger = createLogger({
    level: config.logLevel,
    logCreator: config.logCreator,
  });
  const broker: KafkajsBroker = new Broker({
    connectionPool: new ConnectionPool({
      ...config,
      host,
      port,
      logger,
      maxInFlightRequests: null,
    }),
    logger,
    allowAutoTopicCreation: false,
  });
  let clusterId: string | null | undefined;
  return {
    get clusterId() {
      return clusterId;
    },
    async connect() {
      clusterId = undefined;
      await broker.connect();
    },
    isConnected: () => broker.isConnected(),
    async metadata(topics) {
      const metadata = await requestMetadata(broker, topics);
      clusterId = metadata.clusterId ?? null;
      return metadata;
    },
    initProducerId: () => broker.initProducerId({ transactionTimeout: 0 }),
    topicSettings: (topics, names) => requestSettings(broker, topics, names),
    produce: (request) => produce(broker, request),
    close,
  };
}
