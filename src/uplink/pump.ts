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

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import type { Chance } from "../base/chance.ts";
import type { Clock } from "../base/clock.ts";
import type { Buffer } from "../buffer/buffer.ts";
import { countFitting } from "./batch.ts";
import { createDrain, type Drain, DRAIN_OVER, type DrainResult } from "./drain.ts";
import { createLanes, type Lane } from "./lane.ts";
import { createPumpBook, type PumpEvent, type PumpStatus } from "./pump_status.ts";
import type { SendFailure, Uplink } from "./uplink.ts";
import { isRefusal, judge } from "./verdict.ts";
import { firstOf, orAbort, untilAborted } from "./wait.ts";

export type { DrainResult } from "./drain.ts";
export type { Alarm, PumpEvent, PumpState, PumpStatus } from "./pump_status.ts";

/** A topic (or the uplink) on hold is tried again this often, in ms. */
export const HOLD_RETRY_MS = 15_000;

/** No turn of the loop is longer than this plus one send or one read of the buffer. */
export const TURN_MAX_MS = 5_000;

/**
 * From the beginning of one try to that of the next while the far side is away:
 * a try that took its time by being silent is followed by the next at once, so
 * that rows flow within 10 s of a fault's end and a slow link does not idle.
 */
const AWAY_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 5_000 };
/** Waits between tries of one topic. */
const TOPIC_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 10_000 };
/** No wait after a failure is shorter: jitter alone could give 0. */
const WAIT_MIN_MS = 100;
/** Most payload bytes in one read of the buffer. */
const READ_BYTES_MAX = 8 * 1024 * 1024;
/** So many failures of one batch that no rule knows are worth a person's look. */
const ALARM_AFTER_FAILURES = 10;

/** What the pump needs. */
export interface PumpOptions {
  readonly buffer: Pick<
    Buffer,
    "waitForRows" | "oldest" | "settle" | "refused" | "bury"
  >;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly chance: Chance;
  /** `host:port` for the commands that alarms suggest; null where there is no broker. */
  readonly brokerAddress: string | null;
  /** Most rows in one send. Default 1000. */
  readonly batchRowsMax?: number;
  /** Most payload bytes in one send (one row at least). Default 512 KiB. */
  readonly batchBytesMax?: number;
  /** Most rows in memory. Default 10,000. */
  readonly memoryRowsMax?: number;
  /** How long the first rows after a pause wait for company, in ms. Default 20. */
  readonly lingerMs?: number;
  /** Told as things happen; must not throw. */
  readonly onEvent?: (event: PumpEvent) => void;
}

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
}

/** Makes a pump; it moves once {@linkcode Pump.run} is called. */
export function createPump(options: PumpOptions): Pump {
  const { buffer, uplink, clock, chance } = options;
  const batchRowsMax = options.batchRowsMax ?? 1_000;
  const batchBytesMax = options.batchBytesMax ?? 512 * 1024;
  const memoryRowsMax = options.memoryRowsMax ?? 10_000;
  const lingerMs = options.lingerMs ?? 20;
  const lanes = createLanes(batchRowsMax);
  const book = createPumpBook(clock, options.onEvent ?? (() => {}));
  const messageTimeoutMs = uplink.messageTimeoutMs ?? Infinity;
  let lastMoveMs = clock.monotonicMs();
  /** A send is under way, and has until then. */
  let sendOverMs = -Infinity;
  /** Nothing is tried before this: the far side is away, or refuses us. */
  let pausedUntilMs = -Infinity;
  let awayFailures = 0;
  let drain: Drain | null = null;
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
      while (!(drain !== null && await isDrained(stop.signal))) await turn(stop.signal);
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
    const pauseMs = pausedUntilMs - lastMoveMs;
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
    if (woken === 1 && drain === null && lingerMs > 0) {
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
    if (!result.ok) return onFailed(lane, count, result.failure, beganMs);
    buffer.settle(batch.map((row) => row.id));
    lanes.drop(lane, count);
    lane.bound.grow(count, lastMoveMs - beganMs < messageTimeoutMs / 2);
    book.taken(lane.topic, batch, lane.failures);
    awayFailures = 0;
    calm(lane);
    lane.buriedInARow = 0;
  }

  function onFailed(
    lane: Lane,
    count: number,
    failure: SendFailure,
    beganMs: number,
  ): void {
    const { errorName } = failure;
    if (lane.lastErrorName !== errorName) book.failing(lane.topic, count, failure);
    book.failed(failure);
    lane.lastErrorName = errorName;
    lane.failures++;
    const ids = lane.rows.slice(0, count).map((row) => row.id);
    if (isRefusal(errorName)) buffer.refused(ids);
    const verdict = judge({
      ...failure,
      topic: lane.topic,
      rows: count,
      brokerAddress: options.brokerAddress,
      buriedInARow: lane.buriedInARow,
    });
    switch (verdict.then) {
      case "split":
        lane.pinnedRows = null;
        lane.bound.shrink(count);
        return;
      case "bury":
        for (const id of ids) {
          buffer.bury(id, verdict.reason);
          book.buried(lane.topic, id, verdict.reason);
        }
        lanes.drop(lane, count);
        lane.buriedInARow += count;
        calm(lane);
        return;
      case "shrink":
        lane.pinnedRows = null;
        lane.bound.shrink(count);
        stayAway(beganMs);
        return;
      case "retry":
        lane.pinnedRows = count;
        if (verdict.scope === "uplink") {
          stayAway(beganMs);
          return;
        }
        if (lane.failures >= ALARM_AFTER_FAILURES) {
          book.raise(lane.topic, errorName, unknownTrouble(lane.topic, failure));
        }
        setAside(
          lane,
          Math.max(WAIT_MIN_MS, backoffMs(lane.failures, TOPIC_BACKOFF, chance)),
        );
        return;
      case "hold":
        lane.pinnedRows = count;
        book.raise(
          verdict.scope === "topic" ? lane.topic : null,
          errorName,
          verdict.alarm,
        );
        if (verdict.scope === "topic") setAside(lane, HOLD_RETRY_MS);
        else pausedUntilMs = clock.monotonicMs() + HOLD_RETRY_MS;
        return;
      default:
        verdict satisfies never;
    }
  }

  /** The topic waits; its rows leave the memory to the topics that flow. */
  function setAside(lane: Lane, durationMs: number): void {
    lane.notBeforeMs = clock.monotonicMs() + durationMs;
    lanes.letGo(lane);
  }

  function calm(lane: Lane): void {
    lane.pinnedRows = null;
    lane.failures = 0;
    lane.lastErrorName = null;
  }

  /** Nothing is tried for a while after a try that began at `beganMs`. */
  function stayAway(beganMs: number): void {
    awayFailures++;
    pausedUntilMs = Math.max(
      clock.monotonicMs() + WAIT_MIN_MS,
      beganMs + backoffMs(awayFailures, AWAY_BACKOFF, chance),
    );
  }

  /** Waits for the first of `tasks`, or a drain that begins. */
  async function rest(
    tasks: ((signal: AbortSignal) => Promise<unknown>)[],
    signal: AbortSignal,
  ): Promise<number> {
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
  };
}

function unknownTrouble(topic: string, failure: SendFailure): string {
  return `The topic ${topic} takes nothing, try after try: ${failure.errorName} (${failure.detail})`;
}
