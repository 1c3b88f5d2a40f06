/**
 * Keeps the high-water mark up to date: reads it at the start, writes it at most every
 * few seconds and at the end.
 *
 * @module
 */

import type { SlotFile } from "../../platform/slot_file.ts";
import type { LostRange } from "../gaps.ts";
import { type Crc32, streamCrc } from "../row_checksum.ts";
import {
  foreignGateway,
  type HighWaterMark,
  type LastSeqs,
  NO_MARK,
  withGivenOut,
  withSettled,
} from "./mark.ts";
import { decodeMark, encodeMark, slotOffset, type StoredMark } from "./mark_text.ts";
import {
  addPage,
  type LastByCrc,
  lastByCrc,
  settledBy,
  type SettlePass,
  startPass,
  type WaitingPage,
} from "./settled.ts";

/**
 * Minimum time between two writes, in ms. If the buffer's file is lost, the numbers
 * given out since the last write are not announced.
 */
export const MARK_INTERVAL_MS = 5_000;

/** A larger mark is written less often, so that it wears a flash disk no more, in bytes. */
const BYTES_PER_INTERVAL = 16 * 1024;

/**
 * Rows read per interval to find out which numbers are settled: about 15 ms. A backlog
 * of a million rows is passed in a quarter of an hour.
 */
export const SETTLE_ROWS = 5_000;

/** The buffer, as the mark sees it. */
export interface MarkedQueue {
  readonly epoch: number;
  readonly streams: LastSeqs;
  /** The last id that was assigned. */
  readonly lastId: number;
  /** Number of stored rows. */
  readonly rows: number;
  /** Gaps that wait for their announcement or for the delivery of that. */
  readonly gaps: readonly LostRange[];
  /** The numbers of the rows after `afterId` up to `lastId`; undefined if they cannot be read. */
  waiting(afterId: number, lastId: number, countMax: number): WaitingPage | undefined;
}

/** The mark as it was found. */
export interface FoundMark extends StoredMark {
  /** Why the file could not be used; null if it could, or is missing. */
  readonly fault: string | null;
}

/** Reads the mark; one that is missing, damaged or unreadable knows nothing. */
export function readMark(
  file: SlotFile,
  crc32: (bytes: Uint8Array) => number,
): FoundMark {
  const none = { mark: NO_MARK, generation: 0 };
  try {
    const content = file.read();
    if (content === undefined) return { ...none, fault: null };
    const found = decodeMark(content, crc32);
    return found === undefined
      ? { ...none, fault: "damaged: no checksum matches" }
      : { ...found, fault: null };
  } catch (error) {
    return { ...none, fault: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The mark, without its numbers if it belongs to another gateway: they are not missing
 * in this buffer. Its epoch is kept, so that none is reused.
 */
export function withoutForeign(found: FoundMark, buffer: LastSeqs): FoundMark {
  const gateway = foreignGateway(found.mark, buffer);
  if (gateway === null) return found;
  const mark = { ...found.mark, spans: NO_MARK.spans };
  return { ...found, mark, fault: `it belongs to the gateway ${gateway}` };
}

/** Writes the mark. No method rejects or throws for a write that failed. */
export interface MarkKeeper {
  /** Why the last write failed; null after a successful one. */
  readonly error: string | null;
  /** Writes the mark now, synced, even if nothing has changed. */
  start(): Promise<void>;
  /** Writes the mark if numbers were given out or settled and it is due. */
  tick(nowMs: number): void;
  /** Writes the mark a last time. Not synced: the end of the process loses nothing. */
  stop(): Promise<void>;
}

/** Creates the keeper of a mark that was found in `file`. */
export function createMarkKeeper(
  file: SlotFile,
  found: StoredMark,
  queue: MarkedQueue,
  crc32: Crc32,
): MarkKeeper {
  const settler = createSettler(queue, crc32);
  let mark: HighWaterMark = found.mark;
  let { generation } = found;
  let writtenStreams: LastSeqs | null = null;
  let writtenAtMs = -Infinity;
  let intervalMs = MARK_INTERVAL_MS;
  let writing: Promise<void> | null = null;
  let error: string | null = null;

  /** Brings the mark up to date; false if nothing has changed since the last write. */
  function update(): boolean {
    const { streams } = queue;
    mark = withGivenOut(mark, queue.epoch, streams);
    const settled = settler.step();
    if (settled !== null) mark = withSettled(mark, settled);
    return settled !== null || writtenStreams !== streams;
  }

  async function write(synced: boolean): Promise<void> {
    const { streams } = queue;
    const next = { mark, generation: generation + 1 };
    try {
      const bytes = encodeMark(next, crc32);
      await file.write(slotOffset(next.generation), bytes, synced);
      intervalMs = MARK_INTERVAL_MS * Math.max(1, bytes.length / BYTES_PER_INTERVAL);
      generation = next.generation;
      writtenStreams = streams;
      error = null;
    } catch (reason) {
      error = reason instanceof Error ? reason.message : String(reason);
    }
    writing = null;
  }

  return {
    get error() {
      return error;
    },
    start() {
      update();
      return writing = write(true);
    },
    tick(nowMs) {
      if (writing !== null || nowMs < writtenAtMs + intervalMs) return;
      writtenAtMs = nowMs;
      if (update()) writing = write(true);
    },
    stop() {
      // Before the file is closed; the write follows one that is still in progress.
      const hasChanged = update();
      return (writing ?? Promise.resolve()).then(() => {
        if (hasChanged) return write(false);
      });
    },
  };
}

/** Runs the passes of `settled.ts` over the rows of a queue. */
function createSettler(queue: MarkedQueue, crc32: Crc32): { step(): LastSeqs | null } {
  const crcs = new Map<string, number>();
  let pass: SettlePass | null = null;
  let byCrc: LastByCrc = new Map();
  /** What the file contained when the latest pass began. */
  let rowsGone = -1;
  let gaps: readonly LostRange[] | null = null;

  function crcOf(stream: string): number {
    const crc = crcs.get(stream) ?? streamCrc(crc32, stream);
    crcs.set(stream, crc);
    return crc;
  }

  /** Null if no row and no gap has gone since the latest pass: it would find the same. */
  function begin(): SettlePass | null {
    const { lastId, rows, streams } = queue;
    if (rowsGone === lastId - rows && gaps === queue.gaps) return null;
    rowsGone = lastId - rows;
    gaps = queue.gaps;
    byCrc = lastByCrc(streams, crcOf);
    return startPass(lastId, streams);
  }

  return {
    /** Reads up to {@linkcode SETTLE_ROWS} rows; the settled numbers at the end of a pass. */
    step() {
      pass ??= begin();
      if (pass === null) return null;
      const page = queue.waiting(pass.readUpTo, pass.lastId, SETTLE_ROWS);
      if (page === undefined) return null;
      pass = addPage(pass, page, byCrc);
      if (page.readUpTo !== null) return null;
      const settled = settledBy(pass, queue.gaps, crcOf);
      pass = null;
      return settled;
    },
  };
}
