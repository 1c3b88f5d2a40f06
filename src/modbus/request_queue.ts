/**
 * The queue of the requests of one connection. It is first in, first out, so that the
 * units at an address are served in turn.
 *
 * @module
 */

import { addAbortable, removeAbortable } from "../base/waiting/abort_listener.ts";
import { bad, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ReadRequest } from "./reader.ts";

/** Maximum number of queued requests: one for each unit that an address can have. */
export const QUEUED_REQUESTS_MAX = 256;

type Answer = Result<Uint16Array, ModbusFault>;

/** A request taken from the queue. One of its functions must be called, once. */
export interface QueuedRequest {
  readonly request: ReadRequest;
  /** Passes the response to the caller. */
  settle(answer: Answer): void;
  /** Passes an error to the caller, which is a bug. */
  reject(error: unknown): void;
}

/** A bounded queue of requests. */
export interface RequestQueue {
  /** Number of queued requests. */
  readonly size: number;
  /**
   * Queues a request and waits for its response. A full queue returns `closed` without
   * sending the request.
   *
   * @throws the reason of `signal` as soon as it is aborted. A queued request is then
   * removed; one that was sent is completed, since its response would otherwise be taken
   * for that of the next request.
   */
  enqueue(request: ReadRequest, signal: AbortSignal): Promise<Answer>;
  /** Removes and returns the first request. */
  dequeue(): QueuedRequest | undefined;
  /** Answers all queued requests with a fault. */
  failAll(fault: ModbusFault): void;
  /** Rejects all queued requests with an error, which is a bug. */
  rejectAll(error: unknown): void;
}

/** Makes an empty queue. */
export function createRequestQueue(): RequestQueue {
  const entries: QueuedRequest[] = [];

  function remove(entry: QueuedRequest): void {
    const index = entries.indexOf(entry);
    if (index >= 0) entries.splice(index, 1);
  }

  return {
    get size() {
      return entries.length;
    },
    enqueue(request, signal) {
      return new Promise((resolve, reject) => {
        const entry = {
          request,
          settle(answer: Answer): void {
            removeAbortable(signal, entry);
            resolve(answer);
          },
          reject(error: unknown): void {
            removeAbortable(signal, entry);
            reject(error);
          },
          abort(reason: unknown): void {
            remove(entry);
            reject(reason);
          },
        };
        addAbortable(signal, entry);
        if (entries.length < QUEUED_REQUESTS_MAX) entries.push(entry);
        else {
          const detail = `not sent: ${QUEUED_REQUESTS_MAX} requests are already queued`;
          entry.settle(bad({ kind: "closed", detail }));
        }
      });
    },
    dequeue: () => entries.shift(),
    failAll(fault) {
      for (const entry of entries.splice(0)) entry.settle(bad(fault));
    },
    rejectAll(error) {
      for (const entry of entries.splice(0)) entry.reject(error);
    },
  };
}
