/**
 * Opens the buffer's file and builds the queue, the write buffer and the reader on it.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import type { BufferFault, BufferOpened } from "../buffer.ts";
import { createWriteBuffer, type WriteBuffer } from "../group_commit/write_buffer.ts";
import { openQueue, type Queue } from "../queue.ts";
import { createRowReader, type RowReader } from "../row_reader.ts";
import { DbFailure } from "../store/database.ts";
import { type OpenFile, openFile } from "../store/recovery.ts";
import { crc32, DISK } from "../store/sqlite.ts";
import type { WorkerOptions } from "./protocol.ts";

/** The parts of an open buffer. */
export interface BufferParts {
  readonly file: OpenFile;
  readonly queue: Queue;
  readonly writeBuffer: WriteBuffer;
  readonly reader: RowReader;
}

/**
 * Opens the file, commits the epoch of this start and applies the limits.
 *
 * @param wallMs the current time, ms since the Unix epoch
 * @returns the parts, and what was found in the file.
 */
export function openParts(
  options: WorkerOptions,
  wallMs: number,
): Result<{ readonly parts: BufferParts; readonly found: BufferOpened }, BufferFault> {
  const opened = openFile(DISK, options.path, wallMs, options.quarantineTo);
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    const queue = openQueue(file.db, options, { crc32, readHead: readRecordHead });
    const { streams } = queue;
    const epochBefore = Math.max(file.epochBefore, options.epochAfter ?? 0);
    const epoch = queue.startEpoch(wallMs, epochBefore);
    while (queue.trim().evicted > 0); // Ends: each step evicts at least one row.
    const writeBuffer = createWriteBuffer(queue, options, SYSTEM_CLOCK);
    const reader = createRowReader(file.db, crc32);
    const { rows, bytes } = queue;
    const { quarantinePath } = file;
    return good({
      parts: { file, queue, writeBuffer, reader },
      found: {
        epoch,
        streams,
        rows,
        bytes,
        ...(quarantinePath === undefined ? {} : { quarantinePath }),
      },
    });
  } catch (error) {
    file.close();
    if (!(error instanceof DbFailure)) throw error;
    const detail = `Cannot open ${file.path}: ${error.message}`;
    return bad({ kind: "unusable", detail });
  }
}
