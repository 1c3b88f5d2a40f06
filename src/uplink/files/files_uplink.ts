/**
 * The embedded uplink: writes Avro object container files to a folder.
 *
 * A row is acknowledged once its block is on disk. A file contains the records of one
 * topic and one schema. It has the suffix `.part` until it is full, old, or the uplink
 * closes. The total size is limited: the oldest finished files are deleted, because a
 * full disk would stop the buffer too.
 *
 * @module
 */

import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";
import type { Clock } from "../../base/clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { SendResult, Uplink } from "../uplink.ts";
import { concatBytes, groupBySchema, type SchemaRun } from "./container_file.ts";
import { createFileSet, type FileSet, type SavedSizes } from "./file_set.ts";
import { nameDiskFailure } from "./folder.ts";
import type { FilesOptions } from "./options.ts";

export type { FilesEvent, FilesOptions } from "./options.ts";

/** Maximum time that `close()` waits for a write in progress, in ms. */
const CLOSE_WAIT_MS = 2_000;

/** Creates an uplink; the first send reads the folder. */
export function createFilesUplink(options: FilesOptions, clock: Clock): Uplink {
  const files = createFileSet(options, clock);
  let busy: Promise<unknown> = Promise.resolve();
  let closed = false;

  async function send(
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    signal.throwIfAborted();
    const topic = rows[0]?.topic;
    if (topic === undefined) return { ok: true };
    if (closed) return reject("DISK_FAILURE", "the uplink is closed");
    const runs = groupBySchema(rows.map((row) => row.payload));
    if (runs === undefined) {
      return reject(
        "INVALID_RECORD",
        "a payload is not in Avro single-object encoding",
      );
    }
    try {
      await files.prepare();
      return await write(topic, runs, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof Deno.errors.NotFound) files.reset();
      return { ok: false, failure: nameDiskFailure(error) };
    }
  }

  async function write(
    topic: string,
    runs: readonly SchemaRun[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    await files.maintain();
    const missing = await appendAll(
      files,
      topic,
      runs,
      (fingerprint) => options.schema(fingerprint, signal),
    );
    if (missing !== undefined) {
      return reject("SCHEMA_UNKNOWN", `fingerprint ${missing}`);
    }
    try {
      await files.maintain();
    } catch {
      // The rows are on disk; the next send meets the same error and reports it.
    }
    return { ok: true };
  }

  async function close(): Promise<void> {
    closed = true;
    const stop = new AbortController();
    const settled = busy.then(() => true, () => true);
    const late = clock.sleep(CLOSE_WAIT_MS, stop.signal).then(() => false, () => false);
    const isIdle = await Promise.race([settled, late]);
    stop.abort();
    // A file that is still being written stays `.part`: the next start recovers it.
    if (isIdle) await files.finishAll();
  }

  return {
    name: `files ${options.folder}`,
    send(rows, signal) {
      const sending = send(rows, signal);
      busy = sending.catch(() => {});
      return sending;
    },
    close,
  };
}

/** Deflates records outside the event loop. */
export async function deflate(bodies: readonly Uint8Array[]): Promise<Uint8Array> {
  return await promisify(deflateRaw)(concatBytes(bodies));
}

/**
 * Appends all records or none: what a failed batch has written would be written again.
 *
 * @returns the fingerprint of a schema without text; undefined = everything was written.
 */
async function appendAll(
  files: FileSet,
  topic: string,
  runs: readonly SchemaRun[],
  schemaText: (fingerprint: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  const saved: SavedSizes = new Map();
  try {
    for (const { fingerprint, bodies } of runs) {
      const data = await deflate(bodies);
      const block = { topic, fingerprint, count: bodies.length, data };
      if (await files.append(block, () => schemaText(fingerprint), saved)) continue;
      await files.restore(saved);
      return fingerprint;
    }
  } catch (error) {
    await files.restore(saved);
    throw error;
  }
  return undefined;
}

function reject(errorName: string, detail: string): SendResult {
  return { ok: false, failure: { errorName, detail } };
}
