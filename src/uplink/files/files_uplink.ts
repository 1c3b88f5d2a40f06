/**
 * The embedded uplink: writes Avro object container files to a folder.
 *
 * A row is acknowledged once its block is on disk. A file contains the records of one
 * topic and one schema; rows whose schema is unknown fail alone. It has the suffix `.part` until it is full, old, or the uplink
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
import {
  concatBytes,
  groupBySchema,
  readSingleObject,
  type SchemaRun,
} from "./container_file.ts";
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
      return await write(topic, rows, runs, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof Deno.errors.NotFound) files.reset();
      return { ok: false, failure: nameDiskFailure(error) };
    }
  }

  async function write(
    topic: string,
    rows: readonly StoredRow[],
    runs: readonly SchemaRun[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    await files.maintain();
    const unknown = await appendKnown(
      files,
      topic,
      runs,
      (fingerprint) => options.schema(fingerprint, signal),
    );
    try {
      await files.maintain();
    } catch {
      // The rows are on disk; the next send meets the same error and reports it.
    }
    return unknown.size === 0 ? { ok: true } : rejectUnknown(rows, unknown);
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
 * Appends all records with a known schema or, after an error, none: what a failed batch
 * has written would be written again.
 *
 * @returns the fingerprints of the schemas without text.
 */
async function appendKnown(
  files: FileSet,
  topic: string,
  runs: readonly SchemaRun[],
  schemaText: (fingerprint: string) => Promise<string | undefined>,
): Promise<ReadonlySet<string>> {
  const unknown = new Set<string>();
  const saved: SavedSizes = new Map();
  try {
    for (const { fingerprint, bodies } of runs) {
      const data = await deflate(bodies);
      const block = { topic, fingerprint, count: bodies.length, data };
      const appended = await files.append(block, () => schemaText(fingerprint), saved);
      if (!appended) unknown.add(fingerprint);
    }
  } catch (error) {
    await files.restore(saved);
    throw error;
  }
  return unknown;
}

/** The rows with these schemas failed; the others were written. */
function rejectUnknown(
  rows: readonly StoredRow[],
  fingerprints: ReadonlySet<string>,
): SendResult {
  const failed = rows.filter(({ payload }) =>
    fingerprints.has(readSingleObject(payload)?.fingerprint ?? "")
  );
  const failure = {
    errorName: "SCHEMA_UNKNOWN",
    detail: `fingerprint ${[...fingerprints].join(", ")}`,
  };
  return {
    ok: false,
    failure,
    parts: [{ rows: failed, failure, culprits: failed }],
  };
}

function reject(errorName: string, detail: string): SendResult {
  return { ok: false, failure: { errorName, detail } };
}
