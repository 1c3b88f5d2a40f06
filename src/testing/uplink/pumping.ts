/**
 * Runs a pump between a real buffer and a real Kafka uplink.
 *
 * @module
 */

import { deepStrictEqual, ok } from "node:assert/strict";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import type { Buffer, StoredRow } from "../../buffer/buffer.ts";
import { openBuffer } from "../../buffer/worker/client.ts";
import { createKafkaUplink } from "../../uplink/kafka/kafka_uplink.ts";
import type { KafkaOptions } from "../../uplink/kafka/options.ts";
import { createPump, type Pump, type PumpEvent } from "../../uplink/pump/pump.ts";
import type { SendResult } from "../../uplink/uplink.ts";
import type { ConsumedRecord } from "../kafka/consumer.ts";
import { makeRows } from "./rows.ts";

/** A running pump. */
export interface Pumping {
  readonly pump: Pump;
  readonly events: readonly PumpEvent[];
  /** Results of the sends, in order. */
  readonly results: readonly SendResult[];
  /** Stores rows and commits them. */
  store(topic: string, count: number, keys?: number): Promise<void>;
  /** Stores these rows and commits them; their ids must continue those of `stored`. */
  storeRows(rows: readonly StoredRow[]): Promise<void>;
  /** Stores `count` rows for each topic in one commit. */
  storeTopics(topics: readonly string[], count: number): Promise<void>;
  /** Starts a pump that was created with `delayed`. */
  start(): void;
  /** The stored rows, in order. */
  readonly stored: readonly StoredRow[];
  /** Waits until `condition` is true; fails after `limitMs`. */
  until(what: string, condition: () => boolean, limitMs?: number): Promise<void>;
  /** Waits until the buffer is empty. */
  untilDelivered(limitMs?: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How the pump is started. */
export interface PumpingOptions {
  /** The pump waits for {@linkcode Pumping.start}. */
  readonly delayed?: boolean;
  readonly onDelivered?: (rows: readonly StoredRow[]) => void;
}

/** Starts a pump that sends to `brokers`. */
export async function startPumping(
  brokers: readonly string[],
  options: Partial<KafkaOptions> = {},
  { delayed = false, onDelivered = () => {} }: PumpingOptions = {},
): Promise<Pumping> {
  const ending = new AbortController();
  const { buffer, folder } = await openTestBuffer(ending.signal);
  const kafka = createKafkaUplink({
    brokers,
    clientId: "test",
    securityProtocol: "PLAINTEXT",
    ...options,
  }, () => {});
  const events: PumpEvent[] = [];
  const results: SendResult[] = [];
  const pump = createPump({
    buffer,
    uplink: {
      ...kafka,
      async send(rows, signal) {
        const result = await kafka.send(rows, signal);
        results.push(result);
        return result;
      },
    },
    clock: SYSTEM_CLOCK,
    random: SYSTEM_RANDOM,
    brokerAddress: brokers[0] ?? null,
    onEvent: (event) => events.push(event),
    onDelivered,
  });
  let running: Promise<void> | undefined;
  const start = (): void => void (running = pump.run(ending.signal).catch(() => {}));
  if (!delayed) start();
  const stored: StoredRow[] = [];
  let seq = 0;

  async function storeRows(rows: readonly StoredRow[]): Promise<void> {
    stored.push(...rows);
    await buffer.append(
      rows.map(({ topic, key, payload, createdAtMs }) => ({
        stream: `gateway/${key}/${topic}`,
        epoch: buffer.opened.epoch,
        seq: ++seq,
        topic,
        key,
        payload,
        createdAtMs,
      })),
      ending.signal,
    );
    await buffer.flush(ending.signal);
  }

  const until = createUntil(() => JSON.stringify(pump.status));

  return {
    pump,
    events,
    results,
    stored,
    store: (topic, count, keys = 5) =>
      storeRows(makeRows(topic, count, { keys, firstId: stored.length + 1 })),
    storeRows,
    storeTopics: (topics, count) =>
      storeRows(
        topics.flatMap((topic, at) =>
          makeRows(topic, count, { keys: 5, firstId: stored.length + 1 + at * count })
        ),
      ),
    start,
    until,
    async untilDelivered(limitMs) {
      await until(
        "delivered",
        () => pump.status.rowsDelivered >= stored.length,
        limitMs,
      );
      await buffer.flush(ending.signal);
      deepStrictEqual(buffer.stats.rows, 0);
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new Error("the test has ended"));
      await running;
      await kafka.close();
      await buffer.close(AbortSignal.timeout(10_000));
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Waits until a condition is true; fails with the description after the limit. */
function createUntil(describe: () => string): Pumping["until"] {
  return async (
    what: string,
    condition: () => boolean,
    limitMs = 60_000,
  ): Promise<void> => {
    const deadline = performance.now() + limitMs;
    while (!condition()) {
      ok(
        performance.now() < deadline,
        `timeout after ${limitMs} ms: ${what}: ${describe()}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
}

/** Opens a buffer in a new folder. */
async function openTestBuffer(
  signal: AbortSignal,
): Promise<{ buffer: Buffer; folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "pumping-" });
  const opened = await openBuffer(
    {
      path: `${folder}/queue.db`,
      flushIntervalMs: 50,
      powerLossWindowMs: 1_000,
      maxBytes: 256 * 1024 * 1024,
      maxRows: 1_000_000,
      maxAgeMs: null,
    },
    SYSTEM_CLOCK,
    signal,
  );
  ok(opened.ok);
  return { buffer: opened.value, folder };
}

/**
 * Fails unless every stored row was received, the rows of a key in order. Without
 * duplicates the received rows must equal the stored ones; duplicates must be
 * byte-identical.
 */
export function assertWhole(
  stored: readonly StoredRow[],
  records: readonly ConsumedRecord[],
): { readonly duplicates: number } {
  const byKey = new Map<string, { stored: string[]; received: string[] }>();
  const at = (topic: string, key: string) => {
    const name = `${topic} ${key}`;
    const both = byKey.get(name) ?? { stored: [], received: [] };
    byKey.set(name, both);
    return both;
  };
  for (const row of stored) at(row.topic, row.key).stored.push(String(row.payload));
  for (const record of records) {
    at(record.topic, record.key ?? "").received.push(String(record.value));
  }
  let duplicates = 0;
  for (const [name, both] of byKey) {
    const first = [...new Set(both.received)];
    duplicates += both.received.length - first.length;
    deepStrictEqual(first, both.stored, `rows of ${name}`);
  }
  return { duplicates };
}
