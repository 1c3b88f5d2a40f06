/**
 * The worker's entry: owns the database, the timer of commits and nothing
 * else. It speaks only to `client.ts`.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { readHead } from "../../records/avro/payload_head.ts";
import type { BufferBounds, OldestQuery } from "../buffer.ts";
import { DbFailure } from "../store/database.ts";
import { createKeeper, type Keeper } from "../write_buffer.ts";
import type { Ask, Say, WorkerOptions } from "./protocol.ts";
import { openQueue, type Queue } from "../queue.ts";
import { createReader, type Reader } from "../row_reader.ts";
import { type OpenFile, openFile } from "../store/recovery.ts";
import { crc32, DISK } from "../store/sqlite.ts";
import { packStoredRows, unpackNewRows } from "./row_codec.ts";

/** A sign of life is given this often, whatever the flush interval. */
const BEAT_MS = 1_000;

/** Delivered rows that the disk will not let us delete: beyond these, reading waits. */
const HIDDEN_MAX = 50_000;

/** The global scope, typed as what it is here. */
interface Port {
  postMessage(message: Say, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Ask>) => void) | null;
  close(): void;
}
const port = self as unknown as Port;

interface Open {
  readonly file: OpenFile;
  readonly queue: Queue;
  readonly keeper: Keeper;
  readonly reader: Reader;
  readonly beatMs: number;
}

let open: Open | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let beatAtMs = 0;
/** Flushes that wait for a commit to succeed, and reads that wait for room. */
const flushes: number[] = [];
const heldReads: { id: number; query: OldestQuery }[] = [];

port.onmessage = ({ data }) => guard(() => hear(data));

function hear(ask: Ask): void {
  if (ask.ask === "open") return start(ask.options, ask.wallMs);
  if (open === undefined) return;
  const { keeper } = open;
  switch (ask.ask) {
    case "append":
      keeper.append(unpackNewRows(ask.rows));
      break;
    case "settle":
      keeper.settle(ask.ids);
      break;
    case "refused":
      keeper.refused(ask.ids);
      break;
    case "bury":
      keeper.bury(ask.row, ask.reason);
      break;
    case "addSchema":
      keeper.addSchema(ask.fingerprint, ask.text);
      break;
    case "adjust":
      adjust(open, ask.bounds);
      break;
    case "schema":
      port.postMessage({
        say: "schema",
        id: ask.id,
        text: keeper.schema(ask.fingerprint),
      });
      break;
    case "oldest":
      read(ask.id, ask.query);
      break;
    case "flush":
      flushes.push(ask.id);
      commit(open);
      break;
    case "close":
      return finish(open);
    default:
      ask satisfies never;
  }
  arm();
}

function start(options: WorkerOptions, wallMs: number): void {
  const opened = openFile(DISK, options.path, wallMs, options.setAsideTo);
  if (!opened.ok) {
    port.postMessage({ say: "fault", fault: opened.fault });
    return port.close();
  }
  const file = opened.value;
  try {
    const queue = openQueue(file.db, options, { crc32, readHead });
    const streams = new Map(queue.streams);
    const epoch = queue.begin(
      wallMs,
      Math.max(file.epochBefore, options.epochAfter ?? 0),
    );
    while (queue.trim().givenUp > 0); // Each step gives up one row at least.
    const keeper = createKeeper(queue, options, SYSTEM_CLOCK);
    const beatMs = beatOf(options);
    open = { file, queue, keeper, reader: createReader(file.db, crc32), beatMs };
    port.postMessage({
      say: "opened",
      opened: {
        epoch,
        streams,
        rows: queue.rows,
        bytes: queue.bytes,
        ...(file.setAside === undefined ? {} : { setAside: file.setAside }),
      },
      ...keeper.state(),
    });
  } catch (error) {
    file.close();
    if (!(error instanceof DbFailure)) throw error;
    const detail = `Cannot open ${file.path}: ${error.message}`;
    port.postMessage({ say: "fault", fault: { kind: "unusable", detail } });
    return port.close();
  }
  arm();
}

function beatOf({ flushIntervalMs }: BufferBounds): number {
  return Math.min(BEAT_MS, flushIntervalMs);
}

function adjust(now: Open, bounds: BufferBounds): void {
  open = { ...now, beatMs: beatOf(bounds) };
  now.keeper.adjust(bounds);
  while (now.keeper.trim()) port.postMessage({ say: "alive" });
  port.postMessage({ say: "state", ...now.keeper.state() });
}

/** Commits, and tells the main thread how it went. */
function commit({ keeper }: Open): void {
  const done = keeper.commit(flushes.length > 0);
  port.postMessage({ say: "state", ...keeper.state() });
  if (!done) return;
  for (const id of flushes.splice(0)) port.postMessage({ say: "flushed", id });
  for (const { id, query } of heldReads.splice(0)) read(id, query);
}

function read(id: number, query: OldestQuery): void {
  if (open === undefined) return;
  const { keeper, reader, queue } = open;
  if (keeper.hidden.size >= HIDDEN_MAX) {
    heldReads.push({ id, query });
    return;
  }
  const page = reader.read(query, keeper.hidden, queue.lastId);
  if (page.corrupt.length > 0) keeper.corrupt(page.corrupt);
  const { goOnAfter } = page;
  if (goOnAfter !== null) {
    // Others have their turn between two steps of a long search.
    const rest = { ...query, afterId: goOnAfter };
    setTimeout(() => guard(() => read(id, rest)), 0);
    return;
  }
  const rows = packStoredRows(page.rows);
  port.postMessage({ say: "rows", id, rows, lastId: queue.lastId }, [rows]);
}

function arm(): void {
  if (open === undefined) return;
  clearTimeout(timer);
  const nowMs = SYSTEM_CLOCK.monotonicMs();
  const atMs = Math.min(open.keeper.dueMs(), Math.max(beatAtMs, nowMs));
  timer = setTimeout(() => guard(tick), Math.max(0, Math.ceil(atMs - nowMs)));
}

function tick(): void {
  if (open === undefined) return;
  const { file } = open;
  if (!file.inPlace()) {
    // Commits still succeed, into a file that nobody will ever open again.
    throw new Error(`${file.path} was removed or replaced while it was in use`);
  }
  const nowMs = SYSTEM_CLOCK.monotonicMs();
  if (open.keeper.dueMs() <= nowMs + 1) {
    commit(open);
  } else {
    if (open.keeper.lastError === null) release(open.queue);
    port.postMessage({ say: "alive" });
  }
  beatAtMs = SYSTEM_CLOCK.monotonicMs() + open.beatMs;
  arm();
}

/** Gives free pages back while there is nothing better to do. */
function release(queue: Queue): void {
  try {
    queue.release();
  } catch (error) {
    if (!(error instanceof DbFailure) || !error.passes) throw error;
  }
}

function finish(last: Open): void {
  last.keeper.commit(true);
  port.postMessage({ say: "state", ...last.keeper.state() });
  const rowsLeft = last.keeper.waiting;
  const detail = last.keeper.lastError;
  stop(last);
  port.postMessage({ say: "closed", rowsLeft, detail });
  port.close();
}

function stop(last: Open): void {
  open = undefined;
  clearTimeout(timer);
  last.file.close();
}

/** What no retry can help ends the worker; the main thread is told why. */
function guard(work: () => void): void {
  try {
    work();
  } catch (error) {
    const detail = error instanceof Error
      ? `${error.name}: ${error.message}`
      : `${error}`;
    const corrupt = error instanceof DbFailure && error.trouble === "corrupt";
    if (open !== undefined) abandon(open, corrupt);
    port.postMessage({ say: "failed", detail });
    port.close();
  }
}

/** Lets go of the file before anyone is told: whoever hears of it may open it again. */
function abandon(last: Open, corrupt: boolean): void {
  try {
    if (corrupt) last.file.suspect();
    stop(last);
  } catch {
    // What brought us here is told; a second failure adds nothing.
  }
}
