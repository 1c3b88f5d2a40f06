/**
 * Moves rows from the buffer to the far side, oldest first. It knows neither
 * SQLite nor Kafka: both are handed in.
 *
 * A row leaves the buffer only after the far side has taken it, so a crash at
 * any point repeats rows and never loses one. One send is in flight, of one
 * topic, so the rows of a stream arrive in order; a batch that failed is sent
 * again as it was.
 *
 * @module
 */

import { countFitting } from "./batch.ts";
import { createDrain, type Drain, DRAIN_OVER, type DrainResult } from "./drain.ts";
import { createLanes, type Lane } from "./topic_queue.ts";
import type { PumpOptions } from "./pump_options.ts";
import { createPumpBook, type PumpStatus } from "./pump_status.ts";
import { createSetbacks } from "./failure_policy.ts";
import { firstOf, orAbort, untilAborted } from "./wait.ts";

export type { DrainResult } from "./drain.ts";
export type { PumpOptions } from "./pump_options.ts";
export { HOLD_RETRY_MS } from "./failure_policy.ts";
export type { Alarm, PumpEvent, PumpState, PumpStatus } from "./pump_status.ts";

/** No turn of the loop is longer than this plus one send or one read of the buffer. */
export const TURN_MAX_MS = 5_000;

/** Most payload bytes in one read of the buffer. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

/** A pump. */
export interface Pump {
  readonly status: PumpStatus;
  /**
   * `monotonicMs` of the last turn of the loop, for the watchdog; a send that is
   * within the uplink's own limit moves too.
   */
  readonly lastMoveMs: number;
  /**
   * Sends until `signal` aborts (then throws its reason, promptly even with a
   * send in flight) or a drain has ended.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Sends what is committed, then ends {@linkcode Pump.run}; after `limitMs`
   * it ends in any case. Topics on hold are not waited for.
   */
  drain(limitMs: number): Promise<DrainResult>;
  /** Ends {@linkcode Pump.run} as soon as no send is under way; rows stay where they are. */
  leave(): void;
}

/** Makes a pump; it moves once {@linkcode Pump.run} is called. */
export function createPump(options: PumpOptions): Pump {
  const { buffer, uplink, clock } = options;
  const batchRowsMax = options.batchRowsMax ?? 1_000;
  const batchBytesMax = options.batchBytesMax ?? 512 * 1024;
  const memoryRowsMax = options.memoryRowsMax ?? 10_000;
  const lingerMs = options.lingerMs ?? 20;
  const lanes = createLanes(batchRowsMax);
  const book = createPumpBook(clock, options.onEvent ?? (() => {}));
  const setbacks = createSetbacks({ ...options, lanes, book });
  const messageTimeoutMs = uplink.messageTimeoutMs ?? Infinity;
  let lastMoveMs = clock.monotonicMs();
  /** A send is under way, and has until then. */
  let sendOverMs = -Infinity;
  let drain: Drain | null = null;
  let leaving = false;
  let running: AbortController | null = null;
  /** Ends the wait of the moment. */
  const nudge = new AbortController();

  async function run(signal: AbortSignal): Promise<void> {
    // Ends what is under way, by the caller's signal or at a drain's limit.
    const stop = new AbortController();
    const forward = (): void => stop.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", forward, { once: true });
    let complete = false;
    running = stop;
    try {
      while (!leaving && !(drain !== null && await isDrained(stop.signal))) {
        await turn(stop.signal);
      }
      complete = isEmpty();
    } catch (error) {
      if (error !== DRAIN_OVER) throw error;
    } finally {
      signal.removeEventListener("abort", forward);
      book.state("idle");
      running = null;
      drain?.end({ complete });
    }
  }

  /** One turn: wait, or read, or send one batch. */
  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    lastMoveMs = clock.monotonicMs();
    const pauseMs = setbacks.pausedUntilMs - lastMoveMs;
    if (pauseMs > 0) {
      book.pause();
      await rest(
        [(inner) => clock.sleep(Math.min(pauseMs, TURN_MAX_MS), inner)],
        signal,
      );
      return;
    }
    if (lanes.ready(lastMoveMs) < batchRowsMax) await readOn(signal);
    const lane = lanes.next(clock.monotonicMs());
    if (lane === undefined) await idle(signal);
    else if (lane.rows.length === 0) await catchUp(lane, signal);
    else await sendNext(lane, signal);
  }

  /** Reads the next rows of all topics together; false if there are none. */
  async function readOn(signal: AbortSignal): Promise<boolean> {
    const rows = await orAbort(
      buffer.oldest({
        afterId: lanes.cursor,
        countMax: Math.max(1, memoryRowsMax - lanes.size),
        bytesMax: READ_BYTES_MAX,
      }, signal),
      signal,
    );
    lanes.admit(rows);
    return rows.length > 0;
  }

  async function catchUp(lane: Lane, signal: AbortSignal): Promise<void> {
    const rows = await orAbort(
      buffer.oldest({
        afterId: lane.cursor,
        countMax: Math.max(1, Math.min(batchRowsMax, memoryRowsMax - lanes.size)),
        bytesMax: READ_BYTES_MAX,
        topic: lane.topic,
      }, signal),
      signal,
    );
    lanes.catchUp(lane, rows);
  }

  async function idle(signal: AbortSignal): Promise<void> {
    book.idle(lanes.dueMs() !== undefined);
    const waitMs = Math.min(
      TURN_MAX_MS,
      Math.max(0, (lanes.dueMs() ?? Infinity) - clock.monotonicMs()),
    );
    const woken = await rest([
      (inner) => clock.sleep(waitMs, inner),
      (inner) => buffer.waitForRows(lanes.cursor, inner),
    ], signal);
    // Company for the first rows: they come from several devices at once.
    if (woken === 1 && !nudge.signal.aborted && lingerMs > 0) {
      await clock.sleep(lingerMs, signal);
    }
  }

  async function sendNext(lane: Lane, signal: AbortSignal): Promise<void> {
    const count = lane.pinnedRows ??
      countFitting(lane.rows, lane.bound.rowsMax, batchBytesMax);
    const batch = lane.rows.slice(0, count);
    book.state("sending");
    const beganMs = clock.monotonicMs();
    sendOverMs = beganMs + (uplink.sendLimitMs ?? 0);
    const result = await orAbort(uplink.send(batch, signal), signal);
    sendOverMs = -Infinity;
    lastMoveMs = clock.monotonicMs();
    if (!result.ok) {
      const { failure } = result;
      return setbacks.take({ lane, rows: count, failure, beganMs });
    }
    buffer.settle(batch.map((row) => row.id));
    lanes.drop(lane, count);
    const durationMs = lastMoveMs - beganMs;
    lane.bound.grow(count, durationMs < messageTimeoutMs / 2);
    options.onTaken?.(batch, durationMs);
    book.taken(lane.topic, batch, lane.failures);
    setbacks.over(lane);
  }

  /** Waits for the first of `tasks`, or a drain that begins; not at all before it leaves. */
  async function rest(
    tasks: ((signal: AbortSignal) => Promise<unknown>)[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    if (leaving) return undefined;
    if (nudge.signal.aborted) return await firstOf(tasks, signal); // it woke us once
    const nudged = (inner: AbortSignal) => untilAborted(nudge.signal, inner);
    return await firstOf([...tasks, nudged], signal);
  }

  function isEmpty(): boolean {
    return lanes.dueMs() === undefined;
  }

  /** True if nothing is left that could flow. */
  async function isDrained(signal: AbortSignal): Promise<boolean> {
    if (book.isHeld(null)) return true;
    for (const lane of lanes.all.values()) {
      if ((lane.rows.length > 0 || lane.behind) && !book.isHeld(lane.topic)) {
        return false;
      }
    }
    return !await readOn(signal);
  }

  function startDrain(limitMs: number): Promise<DrainResult> {
    if (running === null) return Promise.resolve({ complete: false });
    if (drain === null) {
      drain = createDrain(limitMs, clock, running);
      nudge.abort();
    }
    return drain.result;
  }

  return {
    get status() {
      return book.status;
    },
    get lastMoveMs() {
      return Math.max(lastMoveMs, Math.min(clock.monotonicMs(), sendOverMs));
    },
    run,
    drain: startDrain,
    leave(): void {
      leaving = true;
      nudge.abort();
    },
  };
}
