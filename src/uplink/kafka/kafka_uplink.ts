/**
 * The uplink to Apache Kafka: acks=all, idempotent, compressed, one send at a time.
 *
 * The result of each partition is its own. A leader that fails loses its connection;
 * those to the other brokers, and the layouts of the topics that it does not lead, stay.
 * If no connection is left, the client is replaced: kafkajs 2.2.4 can stay "not
 * connected" forever after a broker accepted a connection without answering. While a
 * batch is not answered, the state of the producer stays, so that an identical batch is
 * not stored twice. After a refusal, and in another cluster, the next send uses a new
 * producer id.
 *
 * @module
 */

import { linkSignals } from "../../base/linked_signal.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import { createKafkaClient, type KafkaClient } from "./client.ts";
import {
  type Cluster,
  createCluster,
  createTopicDirectory,
  type TopicDirectory,
} from "./cluster/cluster.ts";
import { describeEnd } from "./end_failure.ts";
import { nameFailure } from "./errors.ts";
import {
  type BatchCompression,
  COMPRESSION,
  type KafkaLog,
  type KafkaOptions,
  MESSAGE_TIMEOUT_MS,
} from "./options.ts";
import { createAttempt, endRound } from "./produce/attempt.ts";
import { runAttempt } from "./produce/run_attempt.ts";
import { attemptResult, type DescribeEnd } from "./produce/attempt_result.ts";
import { needsNewLayout } from "./produce/outcome.ts";
import {
  disconnected,
  NO_PRODUCER,
  type ProducerState,
} from "./produce/producer_state.ts";
import { probeTopics } from "./cluster/topic_probe.ts";
import { STEPS_MAX, untilSilent, type WorkEnd } from "./silence.ts";
import type { SendFailure, SendResult, Uplink } from "../uplink.ts";

/** A client with its connections. */
interface Session {
  readonly client: KafkaClient;
  readonly cluster: Cluster;
}

/** The state of an uplink between sends. */
interface UplinkState {
  readonly options: KafkaOptions;
  readonly log: KafkaLog;
  readonly createClient: typeof createKafkaClient;
  readonly timeoutMs: number;
  readonly compression: BatchCompression;
  readonly directory: TopicDirectory;
  session: Session | null;
  producer: ProducerState;
  /** Each new client starts with the next broker of the list. */
  turn: number;
}

/** Creates an uplink; the first send connects it. */
export function createKafkaUplink(
  options: KafkaOptions,
  log: KafkaLog,
  createClient = createKafkaClient,
): Uplink {
  const state: UplinkState = {
    options,
    log,
    createClient,
    timeoutMs: options.messageTimeoutMs ?? MESSAGE_TIMEOUT_MS,
    compression: options.compression ?? COMPRESSION,
    directory: createTopicDirectory(),
    session: null,
    producer: NO_PRODUCER,
    turn: 0,
  };
  const closing = new AbortController();
  return {
    name: `kafka ${options.brokers.join(",")}`,
    messageTimeoutMs: state.timeoutMs,
    sendLimitMs: STEPS_MAX * state.timeoutMs,
    async send(rows, signal) {
      if (rows.length === 0) return { ok: true };
      using linked = linkSignals([signal, closing.signal]);
      return await send(state, rows, linked.signal);
    },
    async probe(topics, signal) {
      using linked = linkSignals([signal, closing.signal]);
      return await probeTopics(state, topics, linked.signal);
    },
    close() {
      closing.abort(new Error("the uplink is closed"));
      disconnect(state);
      return Promise.resolve();
    },
  };
}

async function send(
  state: UplinkState,
  rows: readonly StoredRow[],
  signal: AbortSignal,
): Promise<SendResult> {
  const opened = openSession(state);
  if ("errorName" in opened) return { ok: false, failure: opened };
  const { client, cluster } = opened;
  if (cluster.dropClosed()) state.producer = disconnected(state.producer);
  const attempt = createAttempt(rows, state.producer);
  let end: WorkEnd;
  try {
    const options = { ...state, cluster, clock: SYSTEM_CLOCK };
    const work = (stop: AbortSignal) => runAttempt(options, attempt, stop);
    end = await untilSilent(work, client, state.timeoutMs, signal);
  } catch (error) {
    disconnect(state);
    throw error;
  }
  endRound(attempt);
  state.producer = attempt.producer;
  const describe: DescribeEnd = (end, wasSent, leader) =>
    client.addresses.explain(
      describeEnd(end, wasSent, state.timeoutMs, state.options),
      leader === undefined ? undefined : cluster.addressOf(leader),
    );
  const result = attemptResult(attempt, end, describe, state.compression);
  for (const nodeId of attempt.silentNodes) cluster.dropNode(nodeId);
  if (attempt.silentNodes.size > 0) state.producer = disconnected(state.producer);
  const isOfLeaders = end.kind === "done" ||
    end.kind === "silent" && attempt.isProducing;
  if (!isOfLeaders || !cluster.isConnected()) disconnect(state);
  if (attempt.answers.values().some(needsNewLayout)) {
    state.directory.forget(rows[0]?.topic ?? "");
  }
  return result;
}

function openSession(state: UplinkState): Session | SendFailure {
  if (state.session !== null) return state.session;
  try {
    const client = state.createClient(state.options, state.turn++, state.log);
    const session = { client, cluster: createCluster(client, state.directory) };
    state.session = session;
    return session;
  } catch (error) {
    return nameFailure(error, { produced: false });
  }
}

function disconnect(state: UplinkState): void {
  state.session?.client.destroy();
  state.session = null;
  state.producer = disconnected(state.producer);
  // A leader may have moved.
  state.directory.forgetAll();
}
