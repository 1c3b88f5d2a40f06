/**
 * Moves rows from the buffer to the uplink, oldest first. Buffer and uplink are
 * interfaces: this module depends on neither SQLite nor Kafka.
 *
 * A row is acknowledged only after its delivery, so a crash at any point duplicates
 * rows but never loses one. One send of one topic is in progress at a time, so the
 * rows of a stream arrive in order. A failed batch is sent again unchanged.
 *
 * @module
 */

import type { StoredRow } from "../../buffer/buffer.ts";
import { countFitting } from "./batch.ts";
import { createDrain, type Drain, DRAIN_OVER, type DrainResult } from "./drain.ts";
import { createTopicQueues, type TopicQueue } from "./topic_queue.ts";
import type { PumpOptions } from "./pump_options.ts";
import { createPumpStatusTracker, type PumpStatus } from "./pump_status.ts";
import { createFailurePolicy } from "./failure_policy.ts";
import { orAbort, raceTasks, untilAborted } from "./wait.ts";

export type { DrainResult } from "./drain.ts";
export type { PumpOptions } from "./pump_options.ts";
export { BLOCKED_RETRY_MS } from "./failure_policy.ts";
export type { Alarm, PumpEvent, PumpState, PumpStatus } from "./pump_status.ts";

/** Longest iteration of the loop, not counting a send or a read of the buffer, in ms. */
export const ITERATION_MAX_MS = 5_000;

/** Maximum number of payload bytes in one read of the buffer. */
const READ_BYTES_MAX = 1024 * 1024;

/** A pump. */
export interface Pump {
  readonly status: PumpStatus;
  /**
   * `monotonicMs` of the last iteration of the loop, for the watchdog; increases
   * during a send that is within the uplink's time limit.
   */
  readonly lastMoveMs: number;
  /**
   * Sends until `signal` aborts (then throws its reason at once, also during a send)
   * or a drain has ended.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Sends the committed rows, then ends {@linkcode Pump.run}, at the latest after
   * `limitMs`. Blocked topics are skipped.
   */
  drain(limitMs: number): Promise<DrainResult>;
  /** Ends {@linkcode Pump.run} after the current send; other rows stay in the buffer. */
  leave(): void;
}

/** Creates a pump; {@linkcode Pump.run} starts it. */
export function createPump(options: PumpOptions): Pump {
  const { buffer, uplink, clock } = options;
  const batchRowsMax = options.batchRowsMax ?? 1_000;
  const batchBytesMax = options.batchBytesMax ?? 512 * 1024;
  const memoryRowsMax = options.memoryRowsMax ?? 10_000;
  const lingerMs = options.lingerMs ?? 20;
  const queues = createTopicQueues(batchRowsMax);
  const status = createPumpStatusTracker(clock, options.onEvent ?? (() => {}));
  const failures = createFailurePolicy({ ...options, queues, status });
  const messageTimeoutMs = uplink.messageTimeoutMs ?? Infinity;
  let lastMoveMs = clock.monotonicMs();
  /** The current send must end before this time; -Infinity = no send. */
  let sendOverMs = -Infinity;
  let drain: Drain | null = null;
  let leaving = false;
  let running: AbortController | null = null;
  /** Ends the current wait. */
  const wake = new AbortController();

  async function run(signal: AbortSignal): Promise<void> {
    // Aborted by the caller's signal or at the time limit of a drain.
    const stop = new AbortController();
    const forward = (): void => stop.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", forward, { once: true });
    let complete = false;
    running = stop;
    try {
      while (!leaving && !(drain !== null && await isDrained(stop.signal))) {
        await iterate(stop.signal);
      }
      complete = isEmpty();
    } catch (error) {
      if (error !== DRAIN_OVER) throw error;
    } finally {
      signal.removeEventListener("abort", forward);
      status.setState("idle");
      running = null;
      drain?.end({ complete });
    }
  }

  /** One iteration: wait, read, or send one batch. */
  async function iterate(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    lastMoveMs = clock.monotonicMs();
    const pauseMs = failures.pausedUntilMs - lastMoveMs;
    if (pauseMs > 0) {
      status.pause();
      await waitFor(
        [(inner) => clock.sleep(Math.min(pauseMs, ITERATION_MAX_MS), inner)],
        signal,
      );
      return;
    }
    if (queues.ready(lastMoveMs) < batchRowsMax) await readOn(signal);
    const queue = queues.next(clock.monotonicMs());
    if (queue === undefined) await idle(signal);
    else if (queue.rows.length === 0) await catchUp(queue, signal);
    else await sendNext(queue, signal);
  }

  /** Reads the next rows of all topics; false if there are none. */
  async function readOn(signal: AbortSignal): Promise<boolean> {
    const rows = await orAbort(
      buffer.oldest({
        afterId: queues.cursor,
        countMax: Math.max(1, memoryRowsMax - queues.size),
        bytesMax: READ_BYTES_MAX,
      }, signal),
      signal,
    );
    queues.append(rows);
    return rows.length > 0;
  }

  async function catchUp(queue: TopicQueue, signal: AbortSignal): Promise<void> {
    const rows = await orAbort(
      buffer.oldest({
        afterId: queue.cursor,
        countMax: Math.max(1, Math.min(batchRowsMax, memoryRowsMax - queues.size)),
        bytesMax: READ_BYTES_MAX,
        topic: queue.topic,
      }, signal),
      signal,
    );
    queues.catchUp(queue, rows);
  }

  async function idle(signal: AbortSignal): Promise<void> {
    status.idle(queues.dueMs() !== undefined);
    const waitMs = Math.min(
      ITERATION_MAX_MS,
      Math.max(0, (queues.dueMs() ?? Infinity) - clock.monotonicMs()),
    );
    const woken = await waitFor([
      (inner) => clock.sleep(waitMs, inner),
      (inner) => buffer.waitForRows(queues.cursor, inner),
    ], signal);
    // Several devices deliver rows at about the same time: wait for more of them.
    if (woken === 1 && !wake.signal.aborted && lingerMs > 0) {
      await clock.sleep(lingerMs, signal);
    }
  }

  async function sendNext(queue: TopicQueue, signal: AbortSignal): Promise<void> {
    const count = queue.pinnedRows ??
      countFitting(queue.rows, queue.bound.rowsMax, batchBytesMax);
    const batch = await hold(queue, count, signal);
    if (batch.length === 0) return;
    status.setState("sending");
    const beganMs = clock.monotonicMs();
    sendOverMs = beganMs + (uplink.sendLimitMs ?? 0);
    const result = await orAbort(uplink.send(batch, signal), signal);
    sendOverMs = -Infinity;
    lastMoveMs = clock.monotonicMs();
    if (!result.ok) {
      const { failure } = result;
      return failures.failed({ queue, rows: batch.length, failure, beganMs });
    }
    buffer.acknowledge(batch.map((row) => row.id));
    queues.drop(queue, batch.length);
    const durationMs = lastMoveMs - beganMs;
    queue.bound.grow(batch.length, durationMs < messageTimeoutMs / 2);
    options.onDelivered?.(batch, durationMs);
    status.delivered(queue.topic, batch, queue.failures);
    failures.delivered(queue);
  }

  /** Holds the first `count` rows, or fewer; empty if some of them were evicted. */
  async function hold(
    queue: TopicQueue,
    count: number,
    signal: AbortSignal,
  ): Promise<readonly StoredRow[]> {
    const batch = queue.rows.slice(0, count);
    const result = await orAbort(buffer.hold(batch, signal), signal);
    if (result.kind === "held") return batch.slice(0, result.rows);
    queues.remove(queue, result.ids);
    return [];
  }

  /** Waits for the first of `tasks` or the start of a drain; returns at once if leaving. */
  async function waitFor(
    tasks: ((signal: AbortSignal) => Promise<unknown>)[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    if (leaving) return undefined;
    if (wake.signal.aborted) return await raceTasks(tasks, signal); // already used to wake up
    const onWake = (inner: AbortSignal) => untilAborted(wake.signal, inner);
    return await raceTasks([...tasks, onWake], signal);
  }

  function isEmpty(): boolean {
    return queues.dueMs() === undefined;
  }

  /** True if no row is left that can be sent now. */
  async function isDrained(signal: AbortSignal): Promise<boolean> {
    if (status.isBlocked(null)) return true;
    for (const queue of queues.all.values()) {
      if ((queue.rows.length > 0 || queue.behind) && !status.isBlocked(queue.topic)) {
        return false;
      }
    }
    return !await readOn(signal);
  }

  function startDrain(limitMs: number): Promise<DrainResult> {
    if (running === null) return Promise.resolve({ complete: false });
    if (drain === null) {
      drain = createDrain(limitMs, clock, running);
      wake.abort();
    }
    return drain.result;
  }

  return {
    get status() {
      return status.status;
    },
    get lastMoveMs() {
      return Math.max(lastMoveMs, Math.min(clock.monotonicMs(), sendOverMs));
    },
    run,
    drain: startDrain,
    leave(): void {
      leaving = true;
      wake.abort();
    },
  };
}
