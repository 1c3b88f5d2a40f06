/**
 * Opens the buffer's file and builds the queue, the write buffer and the reader on it.
 *
 * @module
 */

import type { Random } from "../../base/random.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { createSlotFile } from "../../platform/slot_file.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../platform/system_clock.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import type { BufferFault, BufferOpened } from "../buffer.ts";
import { createWriteBuffer, type WriteBuffer } from "../group_commit/write_buffer.ts";
import { nextEpoch } from "../high_water/epoch.ts";
import { lastOfBoth, missingIn } from "../high_water/mark.ts";
import {
  createMarkKeeper,
  type MarkedQueue,
  type MarkKeeper,
  readMark,
  withoutForeign,
} from "../high_water/mark_keeper.ts";
import { openQueue, type Queue } from "../queue.ts";
import { createRowReader, type RowReader } from "../row_reader.ts";
import { DbFailure, ignoreTransient, isUnusableContent } from "../store/database.ts";
import { damagedPath, readDamagedEpoch } from "../store/quarantine.ts";
import { type OpenFile, openFile } from "../store/recovery.ts";
import { requireColumns } from "../store/schema.ts";
import { crc32, DISK } from "../store/sqlite.ts";
import { readWaitingRows } from "../store/waiting_rows.ts";
import { createFreshRows } from "./fresh_rows.ts";
import type { WorkerOptions } from "./protocol.ts";

/** Steps in which free pages are returned at the start; the others follow while idle. */
const RELEASE_STEPS = 8;

/** The parts of an open buffer. */
export interface BufferParts {
  readonly file: OpenFile;
  readonly queue: Queue;
  readonly writeBuffer: WriteBuffer;
  readonly reader: RowReader;
  readonly mark: MarkKeeper;
}

/** Path of the high-water mark of a buffer. */
export function markPath(bufferPath: string): string {
  return `${bufferPath}.mark`;
}

/** An open buffer, and what was found in its file. */
interface OpenedParts {
  readonly parts: BufferParts;
  readonly found: BufferOpened;
}

/**
 * Opens the file, commits the epoch of this start and applies the limits. A file whose
 * tables cannot be used is quarantined, and a new one is opened.
 *
 * @param wallMs the current time, ms since the Unix epoch
 * @returns the parts, and what was found in the file.
 */
export function openParts(
  options: WorkerOptions,
  wallMs: number,
  random: Random = SYSTEM_RANDOM,
): Result<OpenedParts, BufferFault> {
  const { path, quarantineTo } = options;
  const opened = openFile(DISK, path, wallMs, quarantineTo);
  if (!opened.ok) return opened;
  try {
    return good(createParts(opened.value, options, wallMs, random));
  } catch (error) {
    opened.value.close();
    if (error instanceof DbFailure && error.isTransient) {
      const detail = `Cannot open ${path}: ${error.message}`;
      return bad({ kind: "unusable", detail });
    }
    if (!isUnusableContent(error)) throw error;
  }
  const damaged = damagedPath(DISK, DISK.resolve(path), wallMs);
  const epochAfter = Math.max(options.epochAfter ?? 0, readDamagedEpoch(DISK, path));
  const replaced = openFile(DISK, path, wallMs, damaged);
  if (!replaced.ok) return replaced;
  const file = { ...replaced.value, quarantinePath: damaged };
  try {
    return good(createParts(file, { ...options, epochAfter }, wallMs, random));
  } catch (error) {
    file.close();
    if (!(error instanceof DbFailure)) throw error;
    const detail = `Cannot create ${path}: ${error.message}`;
    return bad({ kind: "unusable", detail });
  }
}

function createParts(
  file: OpenFile,
  options: WorkerOptions,
  wallMs: number,
  random: Random,
): OpenedParts {
  requireColumns(file.db);
  const reader = createFreshRows(createRowReader(file.db, crc32));
  const queue = openQueue(file.db, options, {
    crc32,
    readHead: readRecordHead,
    onChange: reader.apply,
  });
  const markFile = createSlotFile(markPath(options.path));
  const found = withoutForeign(readMark(markFile, crc32), queue.streams);
  const known = Math.max(
    queue.epoch,
    found.mark.epoch,
    file.epochBefore,
    options.epochAfter ?? 0,
  );
  const epoch = nextEpoch(known, wallMs, random);
  const streams = lastOfBoth(found.mark, queue.streams);
  queue.begin({ epoch, missing: missingIn(found.mark, queue.streams), streams });
  const writeBuffer = createWriteBuffer(
    queue,
    options,
    SYSTEM_CLOCK,
    file.reserve,
  );
  while (writeBuffer.trim()); // Ends: each step evicts at least one row.
  ignoreTransient(() => {
    const isKept = writeBuffer.isDiskFull;
    for (let n = 0; !isKept && n < RELEASE_STEPS && queue.releasePages(); n++);
  });
  const mark = createMarkKeeper(markFile, found, toMarkedQueue(queue, file), crc32);
  const { rows, bytes, gapsLost } = queue;
  const { quarantinePath } = file;
  const markFault = found.fault;
  return {
    parts: { file, queue, writeBuffer, reader, mark },
    found: {
      epoch,
      streams,
      rows,
      bytes,
      gapsLost,
      ...(quarantinePath === undefined ? {} : { quarantinePath }),
      ...(markFault === null ? {} : { markFault }),
    },
  };
}

function toMarkedQueue(queue: Queue, { db }: OpenFile): MarkedQueue {
  return {
    get epoch() {
      return queue.epoch;
    },
    get streams() {
      return queue.streams;
    },
    get lastId() {
      return queue.lastId;
    },
    get rows() {
      return queue.rows;
    },
    get gaps() {
      return queue.gaps.gaps;
    },
    waiting: (afterId, lastId, countMax) =>
      readWaitingRows(db, afterId, lastId, countMax),
  };
}
