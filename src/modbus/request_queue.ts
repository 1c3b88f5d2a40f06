/**
 * The requests that wait for their turn at one connection: first come, first
 * served, so that the units behind it take turns.
 *
 * @module
 */

import { bad, type Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ReadRequest } from "./reader.ts";

/** How many requests may wait: one for each unit that an address can have. */
export const WAITING_MAX = 256;

type Answer = Result<Uint16Array, ModbusFault>;

/** A request whose turn it is. */
export interface Job {
  readonly request: ReadRequest;
  /** Hands the answer, or the bug, to whoever still waits for it; resolves when it is there. */
  carry(answer: Promise<Answer>): Promise<void>;
}

/** A bounded queue of requests. */
export interface RequestQueue {
  /** How many wait. */
  readonly size: number;
  /**
   * Waits in line and for the answer. A full queue answers `closed`: nothing
   * was sent.
   *
   * @throws the reason of `signal` as soon as it aborts. A request that waits
   * then leaves the line; one that is under way is carried to its end, since its
   * answer would otherwise stand in the way of the next.
   */
  put(request: ReadRequest, signal: AbortSignal): Promise<Answer>;
  /** Takes the first in line. */
  take(): Job | undefined;
  /** Answers all that wait with a fault. */
  failAll(fault: ModbusFault): void;
  /** Ends all that wait with a bug. */
  throwAll(bug: unknown): void;
}

interface Waiting extends Job {
  settle(answer: Answer): void;
  fail(bug: unknown): void;
}

/** Makes an empty queue. */
export function createRequestQueue(): RequestQueue {
  const waiting: Waiting[] = [];

  return {
    get size() {
      return waiting.length;
    },
    async put(request, signal) {
      signal.throwIfAborted();
      if (waiting.length >= WAITING_MAX) {
        const detail = `${WAITING_MAX} requests wait already; this one was not sent`;
        return bad({ kind: "closed", detail });
      }
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const job: Waiting = {
        request,
        settle: resolve,
        fail: reject,
        carry: (answer) => answer.then(resolve, reject),
      };
      const abort = (): void => {
        const at = waiting.indexOf(job);
        if (at >= 0) waiting.splice(at, 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      waiting.push(job);
      try {
        return await promise;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    take: () => waiting.shift(),
    failAll(fault) {
      for (const job of waiting.splice(0)) job.settle(bad(fault));
    },
    throwAll(bug) {
      for (const job of waiting.splice(0)) job.fail(bug);
    },
  };
}
