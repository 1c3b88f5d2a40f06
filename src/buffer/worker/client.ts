/**
 * The buffer's end in the main thread: it hands over, waits and remembers;
 * the worker does the rest.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import {
  type Buffer,
  BufferFailure,
  type BufferFault,
  type BufferOpened,
  type BufferOptions,
} from "../buffer.ts";
import { createCalls } from "./pending_requests.ts";
import { createHandover } from "./in_flight_window.ts";
import type { Ask, Say, WorkerState } from "./protocol.ts";
import { packNewRows, unpackStoredRows } from "./row_codec.ts";

/** How long the last commit may take before the worker is ended from outside. */
export const CLOSE_TIMEOUT_MS = 8_000;

/**
 * Opens the buffer in a worker of its own. This start's epoch is on disk when
 * the promise resolves.
 *
 * @throws {BufferFailure} if the worker dies; the reason of `signal`, if it aborts.
 */
export async function openBuffer(
  options: BufferOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Buffer, BufferFault>> {
  signal.throwIfAborted();
  const { workerUrl, ...workerOptions } = options;
  const rights = {
    type: "module",
    deno: { permissions: rightsFor(options.path) },
  } as const;
  // The literal form is what bundlers know: they bundle the worker's file too.
  const worker = workerUrl === undefined
    ? new Worker(new URL("./worker.ts", import.meta.url), rights)
    : new Worker(workerUrl, rights);
  const opening = Promise.withResolvers<Result<Buffer, BufferFault>>();
  let session: Session | undefined;

  const fail = (detail: string): void => {
    worker.terminate();
    const failure = new BufferFailure(`The buffer's worker failed: ${detail}`);
    opening.reject(failure);
    session?.fail(failure);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message);
  };
  worker.onmessageerror = () => fail("a message could not be read");
  worker.onmessage = ({ data }: MessageEvent<Say>) => {
    switch (data.say) {
      case "fault":
        worker.terminate();
        opening.resolve(bad(data.fault));
        break;
      case "failed":
        fail(data.detail);
        break;
      case "opened":
        session = createSession(worker, clock, data.opened, data);
        opening.resolve(good(session.buffer));
        break;
      default:
        session?.hear(data);
    }
  };
  const giveUp = (): void => {
    worker.terminate();
    opening.reject(signal.reason);
  };
  signal.addEventListener("abort", giveUp, { once: true });
  const ask: Ask = { ask: "open", options: workerOptions, wallMs: clock.wallMs() };
  worker.postMessage(ask);
  try {
    return await opening.promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

type RowsSaid = Extract<Say, { say: "rows" }>;

interface Session {
  readonly buffer: Buffer;
  hear(said: Say): void;
  fail(failure: BufferFailure): void;
}

function createSession(
  worker: Worker,
  clock: Clock,
  opened: BufferOpened,
  first: WorkerState,
): Session {
  const calls = createCalls();
  const handover = createHandover();
  let state = first;
  let gaps = first.gaps ?? [];
  let lastMoveMs = clock.monotonicMs();
  let failure: BufferFailure | undefined;
  let closing: Promise<void> | undefined;
  /** No row with an id in (from, to]: they were given up. Else a reader would spin. */
  let barren = { from: Infinity, to: 0 };
  const closed = Promise.withResolvers<void>();
  closed.promise.catch(() => {}); // Whoever closes is told; nobody else need be.

  const ask = (message: Ask, transfer: Transferable[] = []): void => {
    if (failure === undefined) worker.postMessage(message, transfer);
  };

  function take(next: WorkerState): void {
    state = next;
    gaps = next.gaps ?? gaps;
    handover.done(next.rowsDone, next.bytesDone);
    calls.wakeReaders(next.lastId);
  }

  function fail(reason: BufferFailure): void {
    failure ??= reason;
    calls.fail(failure);
    handover.fail(failure);
    closed.reject(failure);
  }

  function hear(said: Say): void {
    lastMoveMs = clock.monotonicMs();
    switch (said.say) {
      case "state":
        take(said);
        break;
      case "flushed":
        calls.answer(said.id, undefined);
        break;
      case "rows":
        calls.answer(said.id, said);
        break;
      case "schema":
        calls.answer(said.id, said.text);
        break;
      case "closed": {
        worker.terminate();
        if (said.rowsLeft === 0 && said.detail === null) closed.resolve();
        fail(
          new BufferFailure(
            said.detail === null
              ? "The buffer is closed"
              : `The last commit failed, ${said.rowsLeft} rows are lost: ${said.detail}`,
          ),
        );
        break;
      }
    }
  }

  async function close(signal: AbortSignal): Promise<void> {
    if (failure !== undefined) return await closed.promise;
    ask({ ask: "close" });
    const stop = new AbortController();
    const late = (why: string): void => {
      worker.terminate();
      fail(new BufferFailure(`The buffer was not closed in time (${why})`));
    };
    const onAbort = (): void => late("it was called off");
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    clock.sleep(CLOSE_TIMEOUT_MS, stop.signal).then(
      () => late(`${CLOSE_TIMEOUT_MS} ms`),
      () => {},
    );
    try {
      await closed.promise;
    } finally {
      stop.abort();
      signal.removeEventListener("abort", onAbort);
    }
  }

  const buffer: Buffer = {
    opened,
    get stats() {
      return state.stats;
    },
    get pendingGaps() {
      return gaps;
    },
    get lastMoveMs() {
      return lastMoveMs;
    },
    async append(rows, signal) {
      if (rows.length === 0) return;
      const packed = packNewRows(rows);
      const bytes = rows.reduce((sum, row) => sum + row.payload.length, 0);
      await handover.room(rows.length, bytes, signal);
      ask({ ask: "append", rows: packed }, [packed]);
    },
    flush: (signal) => calls.call<void>((id) => ask({ ask: "flush", id }), signal),
    waitForRows(afterId, signal) {
      const from = barren.from <= afterId ? Math.max(afterId, barren.to) : afterId;
      return state.lastId > from && failure === undefined
        ? Promise.resolve()
        : calls.waitForRows(from, signal);
    },
    async oldest(query, signal) {
      const answer = await calls.call<RowsSaid>(
        (id) => ask({ ask: "oldest", id, query }),
        signal,
      );
      const rows = unpackStoredRows(answer.rows);
      const all = query.topic === undefined && (query.exceptTopics ?? []).length === 0;
      if (all && rows.length === 0) barren = { from: query.afterId, to: answer.lastId };
      return rows;
    },
    settle: (ids) => ask({ ask: "settle", ids }),
    refused: (ids) => ask({ ask: "refused", ids }),
    bury: (row, reason) => ask({ ask: "bury", row, reason }),
    addSchema: (fingerprint, text) => ask({ ask: "addSchema", fingerprint, text }),
    schema: (fingerprint, signal) =>
      calls.call((id) => ask({ ask: "schema", id, fingerprint }), signal),
    adjust: (bounds) => ask({ ask: "adjust", bounds }),
    close: (signal) => closing ??= close(signal),
  };
  calls.wakeReaders(first.lastId);
  return { buffer, hear, fail };
}

/** What the worker may do: work in the folder of its file, and nothing else. */
function rightsFor(path: string): Deno.PermissionOptionsObject {
  const folders = [dirname(resolve(path))];
  try {
    folders.push(dirname(Deno.realPathSync(path))); // a link's file is elsewhere
  } catch {
    // There is no such file yet, or the worker will say what is wrong with it.
  }
  return {
    read: folders,
    write: folders,
    ...{ net: false, env: false, sys: false, run: false, ffi: false, import: false },
  };
}
