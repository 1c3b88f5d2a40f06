/**
 * Entry point of the worker: owns the database and the commit timer. It exchanges
 * messages with `client.ts` only; what to do next is decided in `worker_state.ts`.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { BufferBounds } from "../buffer.ts";
import type { Queue } from "../queue.ts";
import { DbFailure, isUnusableContent } from "../store/database.ts";
import { crc32 } from "../store/sqlite.ts";
import { removeUnusedSchemas } from "../store/unused_schemas.ts";
import { type BufferParts, openParts } from "./buffer_parts.ts";
import type {
  OldestRequest,
  WorkerOptions,
  WorkerRequest,
  WorkerResponse,
  WorkerState,
} from "./protocol.ts";
import { createRowPacker, unpackNewRows } from "./row_codec.ts";
import {
  NO_REQUESTS,
  type OpenRequests,
  reduceWorker,
  wakeAtMs,
  type WorkerEffect,
  type WorkerEvent,
} from "./worker_state.ts";

/** The part of the worker's global scope that is used here. */
interface Port {
  postMessage(message: WorkerResponse, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  close(): void;
}
const port = self as unknown as Port;

interface OpenBuffer extends BufferParts {
  requests: OpenRequests;
}

const packer = createRowPacker();
let open: OpenBuffer | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Monotonic time for which the timer is set; Infinity = it is not set. */
let timerAtMs = Infinity;

port.onmessage = ({ data }) => guard(() => handle(data));

function handle(request: WorkerRequest): void {
  if (request.kind === "open") return start(request.options, request.wallMs);
  if (open === undefined) return;
  // Deno 2.9 handles all queued messages before a timer: a due commit would wait for them.
  if (timerAtMs <= SYSTEM_CLOCK.monotonicMs()) onTimer();
  if (open === undefined) return;
  const { writeBuffer } = open;
  switch (request.kind) {
    case "append":
      writeBuffer.append(unpackNewRows(request.rows));
      break;
    case "hold": {
      const { requestId, rows } = request;
      port.postMessage({ kind: "hold", requestId, result: open.queue.hold(rows) });
      break;
    }
    case "release":
      open.queue.release(request.ids);
      break;
    case "acknowledge":
      writeBuffer.acknowledge(request.ids);
      break;
    case "reject":
      writeBuffer.reject(request.ids);
      break;
    case "deadLetter":
      writeBuffer.deadLetter(request.id, request.reason);
      break;
    case "addSchema":
      writeBuffer.addSchema(request.fingerprint, request.text);
      break;
    case "adjust":
      adjust(open, request.bounds);
      break;
    case "schema": {
      const { requestId, fingerprint } = request;
      const text = writeBuffer.schema(fingerprint);
      port.postMessage({ kind: "schema", requestId, text });
      break;
    }
    case "oldest":
      requestRead(open, request);
      break;
    case "flush":
      dispatch(open, request);
      break;
    case "close":
      return finish(open);
    default:
      request satisfies never;
  }
  armTimer();
}

function start(options: WorkerOptions, wallMs: number): void {
  const opened = openParts(options, wallMs);
  if (!opened.ok) {
    port.postMessage({ kind: "fault", fault: opened.fault });
    return port.close();
  }
  const { parts, found } = opened.value;
  open = { ...parts, requests: NO_REQUESTS };
  parts.mark.start().then(() =>
    guard(() => {
      if (open === undefined) return;
      port.postMessage({ kind: "opened", opened: found, ...stateOf(open) });
      armTimer();
    })
  );
}

function dispatch(buffer: OpenBuffer, event: WorkerEvent): void {
  const { state, effects } = reduceWorker(buffer.requests, event);
  buffer.requests = state;
  for (const effect of effects) carryOut(buffer, effect);
}

function carryOut(buffer: OpenBuffer, effect: WorkerEffect): void {
  switch (effect.kind) {
    case "commit": {
      const ok = buffer.writeBuffer.commit(effect.durable);
      reportState(buffer);
      return dispatch(buffer, { kind: "committed", ok });
    }
    case "read":
      return read(buffer, effect);
    case "releasePages":
      return releasePages(buffer.queue);
    case "respond":
      return port.postMessage(effect.response);
    default:
      effect satisfies never;
  }
}

function requestRead(buffer: OpenBuffer, { requestId, query }: OldestRequest): void {
  const hidden = buffer.writeBuffer.hidden.size;
  dispatch(buffer, { kind: "read", requestId, query, hidden });
}

function read(buffer: OpenBuffer, { requestId, query }: OldestRequest): void {
  const { writeBuffer, reader, queue } = buffer;
  const { corrupt, continueAfter } = reader.readEach(
    query,
    writeBuffer.hidden,
    queue.lastId,
    packer.add,
  );
  if (corrupt.length > 0) writeBuffer.corrupt(corrupt);
  if (continueAfter !== null) {
    // Other requests are handled between two steps of a long scan.
    const next = { requestId, query: { ...query, afterId: continueAfter } };
    setTimeout(() =>
      guard(() => {
        if (open !== undefined) requestRead(open, next);
      }), 0);
    return;
  }
  const held = query.hold === true ? queue.holdRead(packer.held()) : 0;
  const rows = packer.pack();
  const { lastId } = queue;
  port.postMessage({ kind: "rows", requestId, rows, lastId, held }, [rows]);
}

function adjust(buffer: OpenBuffer, bounds: BufferBounds): void {
  const { writeBuffer } = buffer;
  writeBuffer.adjust(bounds);
  while (writeBuffer.trim()) port.postMessage({ kind: "alive" });
  reportState(buffer);
}

function reportState(buffer: OpenBuffer): void {
  port.postMessage({ kind: "state", ...stateOf(buffer) });
}

function stateOf({ file, writeBuffer, mark }: OpenBuffer): WorkerState {
  const state = writeBuffer.state();
  const measured = { markError: mark.error, logBytes: file.logBytes() };
  return { ...state, stats: { ...state.stats, ...measured } };
}

function armTimer(): void {
  if (open === undefined) return;
  clearTimeout(timer);
  const nowMs = SYSTEM_CLOCK.monotonicMs();
  timerAtMs = wakeAtMs(open.requests, open.writeBuffer.dueMs(), nowMs);
  timer = setTimeout(() => guard(onTimer), Math.max(0, Math.ceil(timerAtMs - nowMs)));
}

function onTimer(): void {
  timerAtMs = Infinity;
  if (open === undefined) return;
  const { file, writeBuffer, mark } = open;
  if (!file.isInPlace()) {
    // Commits would still succeed, but into a file that is never opened again.
    throw new Error(`${file.path} was removed or replaced while it was in use`);
  }
  dispatch(open, {
    kind: "timer",
    nowMs: SYSTEM_CLOCK.monotonicMs(),
    dueMs: writeBuffer.dueMs(),
    keepsPages: writeBuffer.isDiskFull || writeBuffer.lastError !== null,
  });
  mark.tick(SYSTEM_CLOCK.monotonicMs());
  dispatch(open, { kind: "timerDone", nowMs: SYSTEM_CLOCK.monotonicMs() });
  armTimer();
}

function releasePages(queue: Queue): void {
  try {
    queue.releasePages();
  } catch (error) {
    if (!(error instanceof DbFailure) || !error.isTransient) throw error;
  }
}

function finish(buffer: OpenBuffer): void {
  const { writeBuffer, mark } = buffer;
  writeBuffer.commit(true);
  reportState(buffer);
  const rowsLeft = writeBuffer.waiting;
  // At the stop: only then it is known which schemas this run has used.
  removeUnusedSchemas(buffer.file.db, writeBuffer.schemasUsed, crc32);
  const detail = writeBuffer.lastError;
  const marked = mark.stop();
  buffer.file.markSound();
  stop(buffer);
  marked.then(() => {
    port.postMessage({ kind: "closed", rowsLeft, detail });
    port.close();
  });
}

function stop({ file }: OpenBuffer): void {
  open = undefined;
  clearTimeout(timer);
  file.close();
}

/** An error that no retry can resolve ends the worker and is reported to the main thread. */
function guard(work: () => void): void {
  try {
    work();
  } catch (error) {
    const detail = error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
    if (open !== undefined) abandon(open, isUnusableContent(error));
    port.postMessage({ kind: "failed", detail });
    port.close();
  }
}

/** Closes the file before the failure is reported: the main thread may reopen it at once. */
function abandon(buffer: OpenBuffer, isCorrupt: boolean): void {
  try {
    if (isCorrupt) buffer.file.markSuspect();
    stop(buffer);
  } catch {
    // The first error is reported; this one adds nothing.
  }
}
