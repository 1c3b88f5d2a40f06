/**
 * A session with one address, shared by all its units. Requests are sent one at a time,
 * first in, first out. Pure: {@linkcode OpenConnection} opens connections and a
 * {@linkcode Clock} provides the time.
 *
 * @module
 */

import { formatAddress } from "../base/network/address.ts";
import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import type { Random } from "../base/random.ts";
import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ModbusConnection, OpenConnection } from "./connection.ts";
import type { PauseDetector, RequestPauses } from "./pause_detector.ts";
import type { ConnectionOptions, ModbusSession, ReadRequest } from "./reader.ts";
import { createRequestQueue } from "./request_queue.ts";
import { assertReadable, isBusy } from "./request.ts";
import type { Resynchroniser } from "./resynchronisation.ts";

/** Number of retries of a request to which the device answered that it is busy. */
export const BUSY_RETRIES = 2;

/** The waits before these retries; other requests are sent during them. */
export const BUSY_BACKOFF: BackoffLimits = { firstMs: 100, longestMs: 1_000 };

/**
 * Number of retries of a connect that was refused right after the collector closed a
 * connection: a device that permits one connection needs time to notice.
 */
export const RECONNECT_RETRIES = 2;

/** The waits before these retries. */
export const RECONNECT_BACKOFF: BackoffLimits = { firstMs: 250, longestMs: 1_000 };

/** Dependencies of a session. */
export interface SessionParts {
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** The current connection options; called before each use. */
  readonly options: () => ConnectionOptions;
  readonly openConnection: OpenConnection;
  /** Outlives the session. */
  readonly pauseDetector: PauseDetector;
  /** Outlives the session. */
  readonly resynchroniser: Resynchroniser;
  readonly clock: Clock;
  readonly random: Random;
}

type Answer = Result<Uint16Array, ModbusFault>;
type Opened = Result<ModbusConnection, ModbusFault>;

/** Maximum wait after a lost request if there are no transaction ids, in ms. */
export const QUIET_MAX_MS = 1_000;

const DISCONNECTED: ModbusFault = { kind: "closed", detail: "by the collector" };
const OUT_OF_STEP: ModbusFault = {
  kind: "protocol",
  detail: "an exception that may belong to an earlier request",
};

/**
 * Makes a session without a connection.
 *
 * A timeout affects one request only: the connection is closed, and the next request
 * opens a new one and has its full deadline. A failed connect fails all queued requests.
 */
export function createSession(parts: SessionParts): ModbusSession {
  const { clock, random, resynchroniser } = parts;
  const queue = createRequestQueue();
  let connection: ModbusConnection | undefined;
  let opening: Promise<Opened> | undefined;
  let life = new AbortController();
  let openedMs = -Infinity;
  let lastEndMs = -Infinity;
  /** Until then answers to lost requests may arrive, and no request is sent. */
  let quietUntilMs = -Infinity;
  let lastUnitId: number | undefined;
  let wasAborted = false;
  let isServing = false;
  /** Whether the next request needs a new connection. */
  let isWorn = false;

  async function open(): Promise<Opened> {
    const mine = life;
    try {
      for (let attempt = 1;; attempt++) {
        const { connectTimeoutMs, echoesTransactionId = true } = parts.options();
        const { ip, port } = parts;
        const opened = await parts.openConnection(
          { ip, port, connectTimeoutMs, echoesTransactionId },
          mine.signal,
        );
        if (mine.signal.aborted) {
          if (opened.ok) opened.value.destroy();
          return bad(DISCONNECTED);
        }
        if (opened.ok) {
          await pauseAfterConnect(opened.value, mine.signal);
          connection = opened.value;
          wasAborted = false;
          return opened;
        }
        if (!wasAborted || attempt > RECONNECT_RETRIES || !isTransient(opened.fault)) {
          wasAborted = false;
          return opened;
        }
        await clock.sleep(backoffMs(attempt, RECONNECT_BACKOFF, random), mine.signal);
      }
    } catch (error) {
      if (mine.signal.aborted) return bad(DISCONNECTED);
      throw error;
    }
  }

  function ensureConnection(): Promise<Opened> {
    if (connection?.alive === true) return Promise.resolve(good(connection));
    if (opening === undefined) {
      const mine = opening = open().finally(() => {
        if (opening === mine) opening = undefined;
      });
    }
    return opening;
  }

  /** The configured pauses, or longer ones that were detected. */
  function currentPauses(): RequestPauses {
    const { gapMs, connectGapMs = 0 } = parts.options();
    const { applied } = parts.pauseDetector;
    return {
      gapMs: Math.max(gapMs, applied.gapMs),
      connectGapMs: Math.max(connectGapMs, applied.connectGapMs),
    };
  }

  /** Waits for the pause that the device needs after the connection is opened. */
  async function pauseAfterConnect(
    opened: ModbusConnection,
    signal: AbortSignal,
  ): Promise<void> {
    openedMs = clock.monotonicMs();
    const { connectGapMs } = currentPauses();
    if (connectGapMs === 0) return;
    try {
      await clock.sleep(connectGapMs, signal);
    } catch (error) {
      opened.destroy();
      throw error;
    }
  }

  /** Waits for the pause after the last request, and for the responses of lost requests. */
  async function pause(): Promise<void> {
    const untilMs = Math.max(lastEndMs + currentPauses().gapMs, quietUntilMs);
    const idleMs = untilMs - clock.monotonicMs();
    if (idleMs > 0) await clock.sleep(idleMs, life.signal).catch(() => {});
  }

  /**
   * Performs one request, and repeats it on a new connection if the old one may have
   * caused the fault: the device closed it before or instead of answering, or sent bytes
   * that are not a response, which may belong to the previous unit. A read can be repeated
   * safely. Both attempts count against the same deadline.
   */
  async function readOn(request: ReadRequest, on: ModbusConnection): Promise<Answer> {
    const startMs = clock.monotonicMs();
    const { signal } = life;
    const isOld = on.used || !on.alive;
    const isOtherUnit = on.used && lastUnitId !== request.unitId;
    const first = await exchangeInStep(request, on);
    if (first.ok) return first;
    const { kind } = first.fault;
    if (!(kind === "closed" && isOld) && !(kind === "protocol" && isOtherUnit)) {
      return first;
    }
    if (signal.aborted || parts.options().echoesTransactionId === false) return first;
    const again = await ensureConnection();
    const leftMs = request.timeoutMs - (clock.monotonicMs() - startMs);
    if (!again.ok || leftMs <= 0) return first;
    return await exchangeInStep({ ...request, timeoutMs: leftMs }, again.value);
  }

  /** Exchanges; without transaction ids after a resynchronisation probe, if one is needed. */
  async function exchangeInStep(
    request: ReadRequest,
    on: ModbusConnection,
  ): Promise<Answer> {
    if (parts.options().echoesTransactionId !== false) return exchange(request, on);
    const probe = resynchroniser.probeBefore(request);
    if (probe !== undefined) {
      const probed = await exchangeRecorded(probe, on);
      // All exceptions have the same length: this one may belong to another request.
      if (!probed.ok) {
        return bad(isAnswer(probed.fault) ? OUT_OF_STEP : probed.fault);
      }
      await pause();
    }
    return await exchangeRecorded(request, on);
  }

  async function exchangeRecorded(
    request: ReadRequest,
    on: ModbusConnection,
  ): Promise<Answer> {
    const answer = await exchange(request, on);
    if (answer.ok) resynchroniser.answered(request);
    else {
      // An exception may belong to an earlier request: the response may still arrive.
      resynchroniser.lost(request);
      quietUntilMs = lastEndMs + Math.min(request.timeoutMs, QUIET_MAX_MS);
    }
    return answer;
  }

  async function exchange(request: ReadRequest, on: ModbusConnection): Promise<Answer> {
    const first = !on.used;
    const idleMs = clock.monotonicMs() - (first ? openedMs : lastEndMs);
    const answer = await on.exchange(request);
    lastEndMs = clock.monotonicMs();
    const sameUnit = lastUnitId === request.unitId;
    lastUnitId = request.unitId;
    const answered = answer.ok || isAnswer(answer.fault);
    // Bytes that are not a response do not show whether a pause is needed.
    if (answer.ok || answer.fault.kind !== "protocol") {
      const { gapMs, connectGapMs = 0 } = parts.options();
      const outcome = { first, idleMs, sameUnit, count: request.count, answered };
      parts.pauseDetector.observe(outcome, { gapMs, connectGapMs });
    }
    if (!answer.ok && !answered) {
      wasAborted ||= answer.fault.kind !== "closed";
      on.destroy();
    }
    return answer;
  }

  async function serve(): Promise<void> {
    if (isServing) return;
    isServing = true;
    try {
      while (queue.size > 0) {
        await pause();
        if (queue.size === 0) break;
        if (isWorn) dropWorn();
        const opened = await ensureConnection();
        if (!opened.ok) {
          queue.failAll(opened.fault);
          continue;
        }
        const job = queue.dequeue();
        if (job !== undefined) await job.settleWith(readOn(job.request, opened.value));
      }
    } catch (error) {
      queue.rejectAll(error);
    } finally {
      isServing = false;
    }
  }

  function dropWorn(): void {
    isWorn = false;
    if (connection === undefined) return;
    connection.destroy();
    connection = undefined;
    wasAborted = true; // the device may still count the old connection
  }

  async function enqueue(request: ReadRequest, signal: AbortSignal): Promise<Answer> {
    const answer = queue.enqueue(request, signal);
    serve();
    return await answer;
  }

  return {
    address: formatAddress(parts.ip, parts.port),
    async read(request, signal) {
      assertReadable(request);
      for (let attempt = 1;; attempt++) {
        const answer = await enqueue(request, signal);
        if (attempt > BUSY_RETRIES || !isBusy(answer)) return answer;
        await clock.sleep(backoffMs(attempt, BUSY_BACKOFF, random), signal);
      }
    },
    async connect(signal) {
      signal.throwIfAborted();
      const { promise, reject } = Promise.withResolvers<never>();
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      try {
        const opened = await Promise.race([ensureConnection(), promise]);
        return opened.ok ? good(undefined) : opened;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    renew() {
      isWorn = true;
    },
    disconnect() {
      life.abort();
      life = new AbortController();
      opening = undefined;
      queue.failAll(DISCONNECTED);
      connection?.destroy();
      connection = undefined;
      return Promise.resolve();
    },
  };
}

/** Whether the device answered, with an exception. The connection remains usable. */
function isAnswer({ kind }: ModbusFault): boolean {
  return kind === "exception";
}

/** Whether a connect may succeed after a short wait. */
function isTransient(fault: ModbusFault): boolean {
  return fault.kind === "unreachable" &&
    (fault.why === "refused" || fault.why === "reset");
}
