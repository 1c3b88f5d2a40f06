/**
 * Decides what the worker does next: which requests are open, when it must wake up.
 * Pure: events in, state and effects out; `worker.ts` carries the effects out.
 *
 * @module
 */

import type { OldestRequest, WorkerResponse } from "./protocol.ts";

/**
 * Interval of the heartbeats, in ms. Longer than the default flush interval: while rows
 * are committed, no heartbeat is needed.
 */
const HEARTBEAT_MS = 2_000;

/**
 * Reads are paused while this many delivered rows cannot be deleted, because the
 * disk rejects every commit.
 */
export const HIDDEN_ROWS_MAX = 50_000;

/** A timer may fire this much early. */
const TIMER_SLACK_MS = 1;

/** The worker's open requests and its heartbeat. Times are monotonic, in ms. */
export interface OpenRequests {
  readonly heartbeatAtMs: number;
  /** Flushes that wait for a successful commit. */
  readonly flushes: readonly number[];
  /** Reads that wait until delivered rows can be deleted. */
  readonly pausedReads: readonly OldestRequest[];
}

/** What happens to the worker. */
export type WorkerEvent =
  | { readonly kind: "flush"; readonly requestId: number }
  /** `hidden`: number of delivered rows that are not deleted yet. */
  | ({ readonly kind: "read"; readonly hidden: number } & OldestRequest)
  | { readonly kind: "committed"; readonly ok: boolean }
  /** The timer fired; `keepsPages`: free pages stay in the file. */
  | {
    readonly kind: "timer";
    readonly nowMs: number;
    readonly dueMs: number;
    readonly keepsPages: boolean;
  }
  /** The work of a timer is done. */
  | { readonly kind: "timerDone"; readonly nowMs: number };

/** What the driver must do, in order. */
export type WorkerEffect =
  /** Commit, report the state, then pass on a `committed` event. */
  | { readonly kind: "commit"; readonly durable: boolean }
  | ({ readonly kind: "read" } & OldestRequest)
  /** Return free pages to the file system. */
  | { readonly kind: "releasePages" }
  | { readonly kind: "respond"; readonly response: WorkerResponse };

/** A state and the effects that lead to it. */
export interface WorkerStep {
  readonly state: OpenRequests;
  readonly effects: readonly WorkerEffect[];
}

/** The state of a worker without requests. */
export const NO_REQUESTS: OpenRequests = {
  heartbeatAtMs: 0,
  flushes: [],
  pausedReads: [],
};

/** The state and the effects after `event`. */
export function reduceWorker(state: OpenRequests, event: WorkerEvent): WorkerStep {
  switch (event.kind) {
    case "flush":
      return {
        state: { ...state, flushes: [...state.flushes, event.requestId] },
        effects: [{ kind: "commit", durable: true }],
      };
    case "read": {
      const { requestId, query, hidden } = event;
      const request = { requestId, query };
      return hidden < HIDDEN_ROWS_MAX
        ? { state, effects: [{ kind: "read", ...request }] }
        : {
          state: { ...state, pausedReads: [...state.pausedReads, request] },
          effects: [],
        };
    }
    case "committed":
      if (!event.ok) return { state, effects: [] };
      return {
        state: { ...state, flushes: [], pausedReads: [] },
        effects: [
          ...state.flushes.map((requestId): WorkerEffect => ({
            kind: "respond",
            response: { kind: "flushed", requestId },
          })),
          ...state.pausedReads.map((request): WorkerEffect => ({
            kind: "read",
            ...request,
          })),
        ],
      };
    case "timer":
      return { state, effects: timerEffects(state, event) };
    case "timerDone":
      return {
        state: { ...state, heartbeatAtMs: event.nowMs + HEARTBEAT_MS },
        effects: [],
      };
  }
}

/** When the worker must wake up: for a commit or for a heartbeat. */
export function wakeAtMs(
  { heartbeatAtMs }: OpenRequests,
  dueMs: number,
  nowMs: number,
): number {
  return Math.min(dueMs, Math.max(heartbeatAtMs, nowMs));
}

function timerEffects(
  { flushes }: OpenRequests,
  { dueMs, nowMs, keepsPages }: Extract<WorkerEvent, { kind: "timer" }>,
): readonly WorkerEffect[] {
  if (dueMs <= nowMs + TIMER_SLACK_MS) {
    return [{ kind: "commit", durable: flushes.length > 0 }];
  }
  const alive: WorkerEffect = { kind: "respond", response: { kind: "alive" } };
  return keepsPages ? [alive] : [{ kind: "releasePages" }, alive];
}
