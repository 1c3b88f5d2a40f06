/**
 * A pump with a fake clock, a buffer in memory and an uplink that answers as a test
 * decides.
 *
 * @module
 */

import { ok, rejects, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { bad, good } from "../../base/result.ts";
import { createSeededRandom } from "../../base/random.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import {
  createPump,
  type Pump,
  type PumpEvent,
  type PumpOptions,
} from "../../uplink/pump/pump.ts";
import type { FailedPart, SendResult, Uplink } from "../../uplink/uplink.ts";
import { createFakeClock, type FakeClock } from "../fake_clock.ts";
import { createMemoryBuffer, type MemoryBuffer } from "../memory_buffer.ts";

/** One send of the pump. */
export interface PumpSend {
  readonly topic: string;
  readonly ids: readonly number[];
  readonly atMs: number;
  /** All rows were delivered. */
  readonly ok: boolean;
  /** Ids of the delivered rows. */
  readonly delivered: readonly number[];
}

/** A running pump. */
export interface PumpWorld {
  readonly clock: FakeClock;
  readonly buffer: MemoryBuffer;
  readonly pump: Pump;
  readonly sends: readonly PumpSend[];
  readonly events: readonly PumpEvent[];
  /** Topics of each probe, in order. */
  readonly probes: readonly (readonly string[])[];
  /** Ids of the delivered rows of a topic, in order. */
  delivered(topic: string): number[];
  /** Advances the clock in small steps and runs everything that is ready at each. */
  advance(durationMs: number): Promise<void>;
  /** Advances, then stops the pump. */
  during(durationMs: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The result for the rows of one partition: an error name, or "ok"; "hang" never
 * resolves.
 */
export type PumpAnswer = (
  topic: string,
  ids: readonly number[],
  atMs: number,
  partition: number,
) => string;

/** How the uplink behaves. */
export interface PumpWorldUplink {
  /** Duration of a send, in ms; it can depend on the results of the partitions. */
  readonly takesMs?: number | ((results: readonly string[]) => number);
  readonly sendLimitMs?: number;
  /** Partition of a row; without it, a send has one result for all rows. */
  readonly partitionOf?: (row: StoredRow) => number;
  /** If all partitions of a send fail, it has one result: as without any answer. */
  readonly nothingAnswered?: boolean;
  /**
   * The result of a probe of a topic: an error name, or "ok"; "fails" fails the whole
   * probe. Without it, topics are not probed.
   */
  readonly probe?: (topic: string, atMs: number) => string;
  /** Duration of a probe, in ms. */
  readonly probeTakesMs?: number;
}

/** Creates a pump and starts it. */
export function createPumpWorld(
  options: Partial<PumpOptions>,
  answer: PumpAnswer,
  uplinkOptions: PumpWorldUplink = {},
): PumpWorld {
  const { takesMs = 0, partitionOf, nothingAnswered = false, ...others } =
    uplinkOptions;
  const { probe, probeTakesMs = 0, ...limits } = others;
  const clock = createFakeClock({ wallMs: 1_700_000_000_000 });
  const buffer = createMemoryBuffer();
  const sends: PumpSend[] = [];
  const events: PumpEvent[] = [];
  const probes: string[][] = [];
  let inFlight = 0;
  const uplink: Uplink = {
    name: "test",
    ...limits,
    async send(rows, signal): Promise<SendResult> {
      strictEqual(++inFlight, 1, "two sends at once");
      const ids = rows.map((row) => row.id);
      const topic = rows[0]?.topic ?? "";
      ok(rows.every((row) => row.topic === topic), "two topics in one send");
      ok(rows.every(({ id }) => buffer.held.has(id)), "a row was sent and not held");
      const atMs = clock.monotonicMs();
      const results = [...Map.groupBy(rows, (row) => partitionOf?.(row) ?? 0)]
        .map(([partition, rows]) => ({
          rows,
          name: answer(topic, rows.map((row) => row.id), atMs, partition),
        }));
      const delivered = results.filter(({ name }) => name === "ok")
        .flatMap(({ rows }) => rows.map((row) => row.id)).sort((a, b) => a - b);
      const isOk = delivered.length === rows.length;
      sends.push({ topic, ids, atMs, ok: isOk, delivered });
      if (results.some(({ name }) => name === "hang")) {
        await new Promise<never>(() => {});
      }
      const durationMs = typeof takesMs === "number"
        ? takesMs
        : takesMs(results.map(({ name }) => name));
      if (durationMs > 0) await clock.sleep(durationMs, signal);
      await Promise.resolve();
      inFlight--;
      const hasParts = delivered.length > 0 || !nothingAnswered;
      return toResult(results, partitionOf !== undefined && hasParts);
    },
    ...(probe === undefined
      ? {}
      : { probe: createProbe(probe, probeTakesMs, clock, probes) }),
    close: () => Promise.resolve(),
  };
  const pump = createPump({
    buffer,
    uplink,
    clock,
    random: createSeededRandom(1),
    brokerAddress: "127.0.0.1:9092",
    onEvent: (event) => events.push(event),
    ...options,
  });
  const stopping = new AbortController();
  const running = pump.run(stopping.signal);
  running.catch(() => {});
  async function advance(durationMs: number): Promise<void> {
    const stepMs = Math.max(1, Math.min(250, durationMs / 10));
    const endMs = clock.monotonicMs() + durationMs;
    while (clock.monotonicMs() < endMs) {
      await setImmediate();
      await clock.advance(Math.min(stepMs, endMs - clock.monotonicMs()));
    }
    await setImmediate();
  }
  async function stop(): Promise<void> {
    stopping.abort(new Error("stopped"));
    await rejects(running, { message: "stopped" });
  }
  return {
    clock,
    buffer,
    pump,
    sends,
    events,
    probes,
    delivered: (topic) =>
      sends.filter((send) => send.topic === topic).flatMap((send) => send.delivered),
    async during(durationMs) {
      await advance(durationMs);
      await stop();
    },
    stop,
    advance,
  };
}

function createProbe(
  answer: (topic: string, atMs: number) => string,
  takesMs: number,
  clock: FakeClock,
  probes: string[][],
): NonNullable<Uplink["probe"]> {
  return async (topics, signal) => {
    probes.push([...topics]);
    const atMs = clock.monotonicMs();
    const names = topics.map((topic) => [topic, answer(topic, atMs)] as const);
    if (takesMs > 0) await clock.sleep(takesMs, signal);
    const failure = { errorName: "UNREACHABLE", detail: "simulated" };
    if (names.some(([, name]) => name === "fails")) return bad(failure);
    return good(
      new Map(names.map(([topic, errorName]) => [
        topic,
        errorName === "ok" ? null : { errorName, detail: "simulated" },
      ])),
    );
  };
}

function toResult(
  results: readonly { readonly rows: readonly StoredRow[]; readonly name: string }[],
  hasPartitions: boolean,
): SendResult {
  const parts = results.filter(({ name }) => name !== "ok")
    .map(({ rows, name }): FailedPart => ({
      rows,
      failure: { errorName: name, detail: "simulated" },
      culprits: [],
    }));
  const [first] = parts;
  if (first === undefined) return { ok: true };
  const { failure } = first;
  return hasPartitions ? { ok: false, failure, parts } : { ok: false, failure };
}
