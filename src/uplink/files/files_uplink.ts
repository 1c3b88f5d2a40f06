/**
 * The embedded uplink: Avro object container files in a folder.
 *
 * A row is acknowledged once its block is on the disk. A file holds one topic
 * and one schema; it is `.part` until it is full, old, or the uplink closes.
 * All files together are bounded: the oldest finished ones are deleted, since
 * a disk that fills up would stop the buffer too.
 *
 * @module
 */

import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import type { Clock } from "../../base/clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import { fileName, PART_SUFFIX } from "./file_names.ts";
import { finishedFiles, nameDiskFailure, openFolder } from "./folder.ts";
import type { FilesOptions } from "./options.ts";
import {
  join,
  type SchemaRun,
  sortBySchema,
  SYNC_SIZE,
  writeBlock,
  writeFileHead,
} from "./container_file.ts";
import { createPartFile, type PartFile } from "./part_file.ts";
import type { SendResult, Uplink } from "../uplink.ts";

export type { FilesEvent, FilesOptions } from "./options.ts";

const ROTATE_BYTES = 16 * 1024 * 1024;
const ROTATE_MS = 3_600_000;
const MAX_BYTES = 1024 * 1024 * 1024;
/** A file is at most this part of all, so that what is deleted is little. */
const SHARE_OF_ALL = 4;
/** More files than this are not open at once; the oldest is finished. */
const OPEN_FILES_MAX = 32;
/** Names tried for one file. */
const NAME_TRIES_MAX = 1_000;
/** `close()` waits so long for a write that is under way, in ms. */
const CLOSE_WAIT_MS = 2_000;

interface OpenFile {
  readonly file: PartFile;
  readonly name: string;
  readonly sync: Uint8Array;
  readonly beganMs: number;
}

/** Makes an uplink; the folder is looked at on the first send. */
export function createFilesUplink(options: FilesOptions, clock: Clock): Uplink {
  const { folder } = options;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const rotateBytes = Math.min(
    options.rotateBytes ?? ROTATE_BYTES,
    Math.floor(maxBytes / SHARE_OF_ALL),
  );
  const rotateMs = options.rotateMs ?? ROTATE_MS;
  const tell = options.onEvent ?? (() => {});
  /** By topic and fingerprint, oldest first. */
  const open = new Map<string, OpenFile>();
  /** Bytes of the finished files, as far as is known; null = not looked yet. */
  let finishedBytes: number | null = null;
  let busy: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function send(
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    signal.throwIfAborted();
    const topic = rows[0]?.topic;
    if (topic === undefined) return { ok: true };
    if (closed) return refuse("DISK_FAILURE", "the uplink is closed");
    const runs = sortBySchema(rows.map((row) => row.payload));
    if (runs === undefined) {
      return refuse("INVALID_RECORD", "a payload is no Avro single-object encoding");
    }
    try {
      if (finishedBytes === null) finishedBytes = await openFolder(folder, tell);
      return await write(topic, runs, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof Deno.errors.NotFound) forget();
      return { ok: false, failure: nameDiskFailure(error) };
    }
  }

  /** Somebody took files or the folder away: the next send begins anew. */
  function forget(): void {
    for (const { file } of open.values()) file.abandon();
    open.clear();
    finishedBytes = null;
  }

  async function write(
    topic: string,
    runs: readonly SchemaRun[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    await rotate();
    await boundTotal();
    /** By key: the size that each file touched had before; 0 = it was not there. */
    const before = new Map<string, number>();
    try {
      for (const run of runs) {
        const key = `${run.fingerprint} ${topic}`;
        const data = await deflate(run.bodies);
        const known = open.get(key);
        before.set(key, known?.file.size ?? 0);
        if (known !== undefined) {
          await known.file.append(writeBlock(run.bodies.length, data, known.sync));
          continue;
        }
        const schema = await options.schema(run.fingerprint, signal);
        if (schema === undefined) {
          await undo(before);
          return refuse("SCHEMA_UNKNOWN", `fingerprint ${run.fingerprint}`);
        }
        await begin(topic, run, data, schema, key);
      }
    } catch (error) {
      await undo(before);
      throw error;
    }
    try {
      await rotate();
      await boundTotal();
    } catch {
      // The rows are safe; the next send meets the same trouble and reports it.
    }
    return { ok: true };
  }

  /** All or nothing: what was written of a batch that failed would come again. */
  async function undo(before: ReadonlyMap<string, number>): Promise<void> {
    for (const [key, size] of before) {
      const touched = open.get(key);
      if (touched === undefined) continue;
      try {
        if (size === 0) {
          open.delete(key);
          touched.file.abandon();
          await Deno.remove(`${folder}/${touched.name}${PART_SUFFIX}`);
        } else await touched.file.cutBack(size);
      } catch {
        // Its state is not known: the next start looks after it.
        if (open.delete(key)) touched.file.abandon();
      }
    }
  }

  /** A new file, with its head and first block in one write. */
  async function begin(
    topic: string,
    run: SchemaRun,
    data: Uint8Array,
    schema: string,
    key: string,
  ): Promise<void> {
    const sync = crypto.getRandomValues(new Uint8Array(SYNC_SIZE));
    const bytes = join([
      writeFileHead(schema, sync),
      writeBlock(run.bodies.length, data, sync),
    ]);
    for (let attempt = 0; attempt < NAME_TRIES_MAX; attempt++) {
      const name = fileName(topic, clock.wallMs(), run.fingerprint, attempt);
      const file = await createPartFile(folder, name);
      if (file === undefined) continue;
      try {
        await file.append(bytes);
      } catch (error) {
        file.abandon();
        await Deno.remove(`${folder}/${name}${PART_SUFFIX}`).catch(() => {});
        throw error;
      }
      open.set(key, { file, name, sync, beganMs: clock.monotonicMs() });
      return;
    }
    throw new Error(`no name is free for the topic ${topic} in ${folder}`);
  }

  /** Finishes what is full or old, and the oldest of too many. */
  async function rotate(): Promise<void> {
    const nowMs = clock.monotonicMs();
    for (const [key, { file, beganMs }] of open) {
      const isDue = file.size >= rotateBytes || nowMs - beganMs >= rotateMs;
      if (isDue || open.size > OPEN_FILES_MAX) await finish(key);
    }
  }

  async function finish(key: string): Promise<void> {
    const opened = open.get(key);
    if (opened === undefined) return;
    open.delete(key);
    const { file, name } = opened;
    const bytes = file.size;
    await file.finish();
    finishedBytes = (finishedBytes ?? 0) + bytes;
    tell({ is: "finished", file: name, bytes });
  }

  async function boundTotal(): Promise<void> {
    let openBytes = 0;
    for (const { file } of open.values()) openBytes += file.size;
    if ((finishedBytes ?? 0) + openBytes <= maxBytes) return;
    // Somebody may have taken files away: what is there counts.
    const there = await finishedFiles(folder);
    let total = there.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of there) {
      if (total + openBytes <= maxBytes) break;
      await Deno.remove(`${folder}/${name}`);
      total -= bytes;
      tell({ is: "deleted", file: name, bytes });
    }
    finishedBytes = total;
  }

  async function close(): Promise<void> {
    closed = true;
    const stop = new AbortController();
    const settled = busy.then(() => true, () => true);
    const late = clock.sleep(CLOSE_WAIT_MS, stop.signal).then(() => false, () => false);
    const isQuiet = await Promise.race([settled, late]);
    stop.abort();
    // What is still written stays `.part`: the next start looks after it.
    if (!isQuiet) return;
    for (const key of [...open.keys()]) await finish(key).catch(() => {});
  }

  return {
    name: `files ${folder}`,
    send(rows, signal) {
      const sending = send(rows, signal);
      busy = sending.catch(() => {});
      return sending;
    },
    close,
  };
}

/** Deflated off the event loop. */
export async function deflate(bodies: readonly Uint8Array[]): Promise<Uint8Array> {
  return await promisify(deflateRaw)(join(bodies));
}

function refuse(errorName: string, detail: string): SendResult {
  return { ok: false, failure: { errorName, detail } };
}
