/**
 * Moves rows from the buffer to the uplink, oldest first. Buffer and uplink are
 * interfaces: this module depends on neither SQLite nor Kafka.
 *
 * A row is acknowledged only after its delivery, so a crash at any point duplicates
 * rows but never loses one. One send of one topic is in progress at a time, so the
 * rows of a stream arrive in order. A batch without an answer is sent again unchanged.
 *
 * @module
 */

import {
  createDrain,
  type Drain,
  DRAIN_OVER,
  type DrainResult,
  isAwaited,
  probeGraceEndMs,
} from "./drain.ts";
import { createPumpContext, type PumpContext } from "./pump_context.ts";
import type { PumpOptions } from "./pump_options.ts";
import type { PumpStatus } from "./pump_status.ts";
import { startProbe } from "./probing.ts";
import {
  finishReading,
  keepReading,
  READ_TIME_MAX_MS,
  readBehind,
  readOn,
} from "./reading.ts";
import { sendNext } from "./sending.ts";
import { isIncomplete } from "./topic_queue.ts";
import { raceTasks, untilAborted } from "./wait.ts";

export type { DrainResult } from "./drain.ts";
export type { PumpOptions } from "./pump_options.ts";
export { BLOCKED_RETRY_MS } from "./queue_pauses.ts";
export type { Alarm, PumpEvent, PumpState, PumpStatus } from "./pump_status.ts";

/** Longest iteration of the loop, not counting a send or a read of the buffer, in ms. */
export const ITERATION_MAX_MS = 5_000;

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
   * `limitMs`. Topics that cannot be sent to are skipped.
   */
  drain(limitMs: number): Promise<DrainResult>;
  /** Ends {@linkcode Pump.run} after the current send; other rows stay in the buffer. */
  leave(): void;
}

/** Creates a pump; {@linkcode Pump.run} starts it. */
export function createPump(options: PumpOptions): Pump {
  const pump = createPumpContext(options);
  return {
    get status() {
      return pump.status.status;
    },
    get lastMoveMs() {
      const nowMs = pump.clock.monotonicMs();
      return Math.max(
        pump.lastMoveMs,
        Math.min(nowMs, pump.sendOverMs),
        // The buffer is watched itself: a long scan of a large file is not a stall.
        Math.min(nowMs, (pump.readSinceMs ?? -Infinity) + READ_TIME_MAX_MS),
      );
    },
    run: (signal) => run(pump, signal),
    drain(limitMs) {
      if (pump.running === null) return Promise.resolve({ complete: false });
      if (pump.drain === null) {
        pump.drain = createDrain(limitMs, pump.clock, pump.running);
        pump.wake.abort();
      }
      return pump.drain.result;
    },
    leave() {
      pump.leaving = true;
      pump.wake.abort();
    },
  };
}

async function run(pump: PumpContext, signal: AbortSignal): Promise<void> {
  // Aborted by the caller's signal or at the time limit of a drain.
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", forward, { once: true });
  let complete = false;
  pump.running = stop;
  try {
    while (
      !pump.leaving &&
      !(pump.drain !== null && await isDrained(pump, pump.drain, stop.signal))
    ) {
      await iterate(pump, stop.signal);
    }
    complete = !pump.queues.hasWork();
  } catch (error) {
    if (error !== DRAIN_OVER) throw error;
  } finally {
    signal.removeEventListener("abort", forward);
    pump.status.setState("idle");
    pump.running = null;
    stop.abort(new Error("the run has ended"));
    await pump.probing;
    await finishReading(pump).catch(() => {});
    pump.options.buffer.releaseUnsent();
    pump.drain?.end({ complete });
  }
}

/** One iteration: wait, read, or send one batch. */
async function iterate(pump: PumpContext, signal: AbortSignal): Promise<void> {
  const { clock, queues } = pump;
  signal.throwIfAborted();
  pump.lastMoveMs = clock.monotonicMs();
  const pauseMs = pump.failures.pausedUntilMs - pump.lastMoveMs;
  if (pauseMs > 0) {
    pump.status.pause();
    const sleep = (inner: AbortSignal) =>
      clock.sleep(Math.min(pauseMs, ITERATION_MAX_MS), inner);
    await waitFor(pump, [sleep], signal);
    return;
  }
  const oldest = queues.next(pump.lastMoveMs);
  // A queue that is behind has older rows than the common read would return.
  const isBehind = oldest !== undefined && isIncomplete(oldest);
  if (!isBehind) await keepReading(pump, signal);
  startProbe(pump, signal);
  const queue = queues.next(clock.monotonicMs());
  if (queue === undefined) await idle(pump, signal);
  else if (isIncomplete(queue)) await readBehind(pump, queue, signal);
  else await sendNext(pump, queue, signal);
}

/** Waits for new rows, or until a paused queue may be sent or probed again. */
async function idle(pump: PumpContext, signal: AbortSignal): Promise<void> {
  const { clock, queues, status, limits, options, probed } = pump;
  status.idle(queues.hasWork());
  const probeDueMs = pump.probing === null ? queues.probeDueMs() : undefined;
  const dueMs = Math.min(
    queues.dueMs() ?? Infinity,
    probeDueMs ?? Infinity,
    probeGraceEndMs(pump.drain, clock.monotonicMs()),
  );
  const waitMs = Math.min(ITERATION_MAX_MS, Math.max(0, dueMs - clock.monotonicMs()));
  const woken = await waitFor(pump, [
    (inner) => clock.sleep(waitMs, inner),
    (inner) => options.buffer.waitForRows(queues.cursor, inner),
    (inner) => untilAborted(probed.signal, inner),
  ], signal);
  // Several devices deliver rows at about the same time: wait for more of them.
  if (woken === 1 && !pump.wake.signal.aborted && limits.lingerMs > 0) {
    await clock.sleep(limits.lingerMs, signal);
  }
}

/** Waits for the first of `tasks` or the start of a drain; returns at once if leaving. */
async function waitFor(
  { leaving, wake }: PumpContext,
  tasks: ((signal: AbortSignal) => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<number | undefined> {
  if (leaving) return undefined;
  if (wake.signal.aborted) return await raceTasks(tasks, signal); // already used to wake up
  const onWake = (inner: AbortSignal) => untilAborted(wake.signal, inner);
  return await raceTasks([...tasks, onWake], signal);
}

/** True if no row is left that a drain waits for. */
async function isDrained(
  pump: PumpContext,
  drain: Drain,
  signal: AbortSignal,
): Promise<boolean> {
  if (pump.status.isBlocked(null)) return true;
  await finishReading(pump);
  for (;;) {
    const nowMs = pump.clock.monotonicMs();
    if (pump.queues.all().some((queue) => isAwaited(queue, drain, nowMs))) return false;
    pump.lastMoveMs = nowMs;
    // The rows that were read may all be of topics that the drain does not wait for.
    if (!await readOn(pump, signal)) return true;
  }
}
