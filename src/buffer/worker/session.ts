/**
 * An open buffer, as the main thread uses it: passes requests to the worker and its
 * responses to the callers.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import {
  type Buffer,
  BufferFailure,
  type BufferOpened,
  type HoldResult,
  type OldestQuery,
  type StoredRow,
} from "../buffer.ts";
import { heldRow } from "../row_holds.ts";
import {
  type ClientEffect,
  type ClientEvent,
  type ClientState,
  openedState,
  reduceClient,
  unreadAfter,
} from "./client_state.ts";
import { createInFlightWindow, type InFlightWindow } from "./in_flight_window.ts";
import { createPendingRequests, type PendingRequests } from "./pending_requests.ts";
import type { WorkerRequest, WorkerResponse, WorkerState } from "./protocol.ts";
import { createReadAhead, type RowsRead } from "./read_ahead.ts";
import { createReadHolds, type ReadHolds } from "./read_holds.ts";
import { packNewRows, unpackStoredRows } from "./row_codec.ts";

/** Maximum time for the last commit, in ms; then the worker is terminated. */
export const CLOSE_TIMEOUT_MS = 8_000;

/**
 * Least share of a batch that is held already, for which the worker is not asked for the
 * rest. Where fewer rows were held when they were read, a batch would be too small.
 */
const READ_HOLD_SHARE = 1 / 2;

/** A read is not cancelled: its rows are discarded, see `read_ahead.ts`. */
const NEVER: AbortSignal = new AbortController().signal;

/** The worker, as a session uses it. */
export interface SessionWorker {
  postMessage(request: WorkerRequest, transfer: Transferable[]): void;
  terminate(): void;
}

/** An open buffer and the inputs of its session. */
export interface BufferSession {
  readonly buffer: Buffer;
  /** A message of the worker arrived. */
  receive(response: SessionResponse): void;
  /** The worker ended; every open and future call rejects with `failure`. */
  fail(failure: BufferFailure): void;
}

/** A response to an open buffer. */
export type SessionResponse = Extract<ClientEvent, { kind: "response" }>["response"];

type RowsResponse = Extract<WorkerResponse, { kind: "rows" }>;

/** The driver of the client state: what a {@linkcode Buffer} needs of its worker. */
interface Link extends Omit<BufferSession, "buffer"> {
  readonly state: ClientState;
  readonly lastMoveMs: number;
  readonly hasFailed: boolean;
  readonly pending: PendingRequests;
  readonly inFlight: InFlightWindow;
  post(request: WorkerRequest, transfer?: Transferable[]): void;
  dispatch(event: ClientEvent): void;
  close(signal: AbortSignal): Promise<void>;
}

/** Creates the session of a worker that has opened the file. */
export function createBufferSession(
  worker: SessionWorker,
  clock: Clock,
  opened: BufferOpened,
  first: WorkerState,
): BufferSession {
  const link = createLink(worker, clock, first);
  const { receive, fail } = link;
  return { buffer: createBuffer(link, opened), receive, fail };
}

function createLink(worker: SessionWorker, clock: Clock, first: WorkerState): Link {
  const pending = createPendingRequests();
  const inFlight = createInFlightWindow();
  let state = openedState(first);
  let lastMoveMs = clock.monotonicMs();
  let failure: BufferFailure | undefined;
  const closed = Promise.withResolvers<void>();
  closed.promise.catch(() => {}); // Only callers of close() need the failure.

  function post(request: WorkerRequest, transfer: Transferable[] = []): void {
    if (failure === undefined) worker.postMessage(request, transfer);
  }

  function dispatch(event: ClientEvent): void {
    const step = reduceClient(state, event);
    state = step.state;
    for (const effect of step.effects) carryOut(effect);
  }

  function carryOut(effect: ClientEffect): void {
    switch (effect.kind) {
      case "complete":
        return inFlight.complete(effect.rows, effect.bytes);
      case "notifyStored":
        return pending.notifyStored(effect.lastId);
      case "respond":
        return pending.respond(effect.requestId, effect.value);
      case "closed":
        worker.terminate();
        if (effect.loss === null) closed.resolve();
        return fail(new BufferFailure(effect.loss ?? "The buffer is closed"));
      default:
        effect satisfies never;
    }
  }

  function fail(reason: BufferFailure): void {
    failure ??= reason;
    pending.fail(failure);
    inFlight.fail(failure);
    closed.reject(failure);
  }

  return {
    get state() {
      return state;
    },
    get lastMoveMs() {
      return lastMoveMs;
    },
    get hasFailed() {
      return failure !== undefined;
    },
    pending,
    inFlight,
    post,
    dispatch,
    receive(response) {
      lastMoveMs = clock.monotonicMs();
      dispatch({ kind: "response", response });
    },
    fail,
    async close(signal) {
      if (failure !== undefined) return await closed.promise;
      post({ kind: "close" });
      await untilClosed(closed.promise, clock, signal, (reason) => {
        worker.terminate();
        fail(new BufferFailure(`The buffer was not closed in time (${reason})`));
      });
    },
  };
}

function createBuffer(link: Link, opened: BufferOpened): Buffer {
  const { pending, inFlight, post } = link;
  let closing: Promise<void> | undefined;
  return {
    opened,
    get stats() {
      return link.state.worker.stats;
    },
    get pendingGaps() {
      return link.state.gaps;
    },
    get gapsAnnounced() {
      return link.state.gapsAnnounced;
    },
    get lastMoveMs() {
      return link.lastMoveMs;
    },
    async append(rows, signal) {
      if (rows.length === 0) return;
      const packed = packNewRows(rows);
      const bytes = rows.reduce((sum, row) => sum + row.payload.length, 0);
      await inFlight.reserve(rows.length, bytes, signal);
      post({ kind: "append", rows: packed }, [packed]);
    },
    flush: (signal) =>
      pending.request<void>((requestId) => post({ kind: "flush", requestId }), signal),
    waitForRows(afterId, signal) {
      const from = unreadAfter(link.state, afterId);
      return link.state.worker.lastId > from && !link.hasFailed
        ? Promise.resolve()
        : pending.waitForRows(from, signal);
    },
    ...holdingReads(link),
    acknowledge: (ids) => post({ kind: "acknowledge", ids }),
    reject: (ids) => post({ kind: "reject", ids }),
    deadLetter: (id, reason) => post({ kind: "deadLetter", id, reason }),
    addSchema: (fingerprint, text) => post({ kind: "addSchema", fingerprint, text }),
    schema: (fingerprint, signal) =>
      pending.request(
        (requestId) => post({ kind: "schema", requestId, fingerprint }),
        signal,
      ),
    adjust: (bounds) => post({ kind: "adjust", bounds }),
    close: (signal) => closing ??= link.close(signal),
  };
}

/** Reads, and the holds of the rows that were read. */
function holdingReads(
  link: Link,
): Pick<Buffer, "oldest" | "hold" | "release" | "releaseUnsent"> {
  const { pending, post } = link;
  const readHolds = createReadHolds();

  function releaseUnsent(rows?: readonly StoredRow[]): void {
    const ids = rows === undefined
      ? readHolds.clear()
      : readHolds.remove(rows.map(({ id }) => id));
    if (ids.length > 0) post({ kind: "release", ids });
  }

  return {
    oldest: createReadAhead((query) => readRows(link, readHolds, query), releaseUnsent),
    async hold(rows, signal) {
      signal.throwIfAborted();
      // Taken before the request: while it waits, they must not be released as unsent.
      const taken = rows.slice(0, readHolds.take(rows));
      const isEnough = taken.length >= rows.length * READ_HOLD_SHARE;
      if (isEnough && !link.hasFailed) return { kind: "held", rows: taken.length };
      const result = await pending.request<HoldResult>(
        (requestId) => post({ kind: "hold", requestId, rows: rows.map(heldRow) }),
        signal,
      );
      if (result.kind === "held") {
        readHolds.remove(rows.slice(0, result.rows).map(({ id }) => id));
      } else readHolds.add(taken);
      return result;
    },
    release(ids) {
      readHolds.remove(ids);
      post({ kind: "release", ids });
    },
    releaseUnsent,
  };
}

async function readRows(
  { pending, post, dispatch }: Link,
  readHolds: ReadHolds,
  query: OldestQuery,
): Promise<RowsRead> {
  const { rows: packed, lastId, held } = await pending.request<RowsResponse>(
    (requestId) => post({ kind: "oldest", requestId, query }),
    NEVER,
  );
  const rows = unpackStoredRows(packed);
  readHolds.add(rows.slice(0, held));
  if (rows.length === 0) dispatch({ kind: "readEmpty", query, lastId });
  return { rows, lastId };
}

/** Waits for `closed`; calls `onLate` once if `signal` aborts or the timeout expires first. */
async function untilClosed(
  closed: Promise<void>,
  clock: Clock,
  signal: AbortSignal,
  onLate: (reason: string) => void,
): Promise<void> {
  const stop = new AbortController();
  const onAbort = (): void => onLate("aborted");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  clock.sleep(CLOSE_TIMEOUT_MS, stop.signal).then(
    () => onLate(`${CLOSE_TIMEOUT_MS} ms`),
    () => {},
  );
  try {
    await closed;
  } finally {
    stop.abort();
    signal.removeEventListener("abort", onAbort);
  }
}
