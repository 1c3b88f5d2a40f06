/**
 * A session with one address, shared by all its units. Requests are sent one at a time,
 * first in, first out. Pure: `OpenConnection` opens connections and a
 * `Clock` provides the time.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { formatAddress } from "../base/network/address.ts";
import { good } from "../base/result.ts";
import type { ModbusConnection } from "./connection.ts";
import type { ModbusSession, ReadRequest } from "./reader.ts";
import { assertReadable, isBusy } from "./request.ts";
import { createRequestQueue } from "./request_queue.ts";
import {
  createSessionConnection,
  DISCONNECTED,
  type SessionParts,
} from "./session_connection.ts";
import { type Answer, createSessionExchange } from "./session_exchange.ts";

export {
  RECONNECT_BACKOFF,
  RECONNECT_RETRIES,
  type SessionParts,
} from "./session_connection.ts";
export { QUIET_MAX_MS } from "./session_exchange.ts";

/** Number of retries of a request to which the device answered that it is busy. */
export const BUSY_RETRIES = 2;

/** The waits before these retries; other requests are sent during them. */
export const BUSY_BACKOFF: BackoffLimits = { firstMs: 100, longestMs: 1_000 };

/**
 * Makes a session without a connection.
 *
 * A timeout affects one request only: the connection is closed, and the next request
 * opens a new one and has its full deadline. A failed connect fails all queued requests.
 */
export function createSession(parts: SessionParts): ModbusSession {
  const { clock, random } = parts;
  const queue = createRequestQueue();
  const link = createSessionConnection(parts);
  const exchange = createSessionExchange(parts, link);
  let isServing = false;

  /** Serves the queue until it is empty, one request at a time. */
  function serve(): void {
    if (isServing || queue.size === 0) return;
    isServing = true;
    const ready = exchange.readyConnection();
    if (ready !== undefined) sendFirst(ready);
    else waitAndServe();
  }

  /** Serves the queue after the pauses that are needed, on a new connection if that is needed. */
  async function waitAndServe(): Promise<void> {
    try {
      await exchange.pause();
      if (queue.size === 0) return serveNext();
      link.dropWorn();
      const opened = await link.ensure();
      if (opened.ok) return sendFirst(opened.value);
      queue.failAll(opened.fault);
    } catch (error) {
      queue.rejectAll(error);
    }
    serveNext();
  }

  function sendFirst(on: ModbusConnection): void {
    const first = queue.dequeue();
    if (first === undefined) return serveNext();
    exchange.send(first.request, on, {
      settled(answer) {
        first.settle(answer);
        serveNext();
      },
      failed(error) {
        first.reject(error);
        serveNext();
      },
    });
  }

  function serveNext(): void {
    isServing = false;
    serve();
  }

  function enqueue(request: ReadRequest, signal: AbortSignal): Promise<Answer> {
    const answer = queue.enqueue(request, signal);
    serve();
    return answer;
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
        const opened = await Promise.race([link.ensure(), promise]);
        return opened.ok ? good(undefined) : opened;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    renew: link.renew,
    disconnect() {
      link.close();
      queue.failAll(DISCONNECTED);
      return Promise.resolve();
    },
  };
}
