/**
 * Opens the queue over a real file, without its worker.
 *
 * @module
 */

import { openQueue, type Queue, type QueueLimits } from "../../buffer/queue.ts";
import type { QueueChange } from "../../buffer/queue_state.ts";
import { nextEpoch } from "../../buffer/high_water/epoch.ts";
import type { Db } from "../../buffer/store/database.ts";
import { createRowReader, type RowReader } from "../../buffer/row_reader.ts";
import { openFile } from "../../buffer/store/recovery.ts";
import { crc32, DISK } from "../../buffer/store/sqlite.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import type { StoredRow } from "../../buffer/buffer.ts";

/** An open file. */
export interface QueueFile {
  readonly queue: Queue;
  readonly reader: RowReader;
  readonly db: Db;
  readonly epoch: number;
  readonly quarantinePath: string | undefined;
  readonly suspect: () => void;
  readonly close: () => void;
}

/** Limits that no test reaches. */
export const GENEROUS: QueueLimits = {
  maxBytes: 2 ** 30,
  maxRows: 10 ** 9,
  maxAgeMs: null,
};

/** Opens the file at `path` as the worker does. */
export function openQueueFile(
  path: string,
  limits: Partial<QueueLimits> = {},
  wallMs = 1_800_000_000_000,
  onChange: (change: QueueChange) => void = () => {},
): QueueFile {
  const opened = openFile(DISK, path, wallMs);
  if (!opened.ok) throw new Error(opened.fault.detail);
  const file = opened.value;
  const parts = { crc32, readHead: readRecordHead, onChange };
  const queue = openQueue(file.db, { ...GENEROUS, ...limits }, parts);
  const known = Math.max(queue.epoch, file.epochBefore);
  const epoch = nextEpoch(known, wallMs, { next: () => 0.5 });
  queue.begin({ epoch, missing: [], streams: queue.streams });
  return {
    queue,
    reader: createRowReader(file.db, crc32),
    db: file.db,
    epoch,
    quarantinePath: file.quarantinePath,
    suspect: file.markSuspect,
    close: file.close,
  };
}

/** All rows, oldest first. */
export function allRows({ queue, reader }: QueueFile): readonly StoredRow[] {
  const query = { afterId: 0, countMax: Infinity, bytesMax: Infinity };
  return reader.read(query, new Set(), queue.lastId).rows;
}
