/**
 * Keeps the high-water mark up to date: reads it at the start, writes it at most every
 * few seconds and at the end.
 *
 * @module
 */

import type { SlotFile } from "../../platform/slot_file.ts";
import {
  type HighWaterMark,
  type LastSeqs,
  NO_MARK,
  withGivenOut,
  withSettled,
} from "./mark.ts";
import { decodeMark, encodeMark, slotOffset, type StoredMark } from "./mark_text.ts";

/**
 * Minimum time between two writes, in ms. If the buffer's file is lost, the numbers
 * given out since the last write are not announced.
 */
export const MARK_INTERVAL_MS = 5_000;

/** A larger mark is written less often, so that it wears a flash disk no more, in bytes. */
const BYTES_PER_INTERVAL = 16 * 1024;

/** The buffer, as the mark sees it. */
export interface MarkedQueue {
  readonly epoch: number;
  readonly streams: LastSeqs;
  /** The last id that was assigned. */
  readonly lastId: number;
  /** True if no gap waits for its announcement or for the delivery of that. */
  readonly hasNoGaps: boolean;
  /** The lowest id of all rows; Infinity if there is none. */
  firstId(): number;
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
  crc32: (bytes: Uint8Array) => number,
): MarkKeeper {
  let mark: HighWaterMark = found.mark;
  let { generation } = found;
  let moment: { readonly lastId: number; readonly streams: LastSeqs } | null = null;
  let settledStreams: LastSeqs | null = null;
  let writtenStreams: LastSeqs | null = null;
  let writtenAtMs = -Infinity;
  let intervalMs = MARK_INTERVAL_MS;
  let writing: Promise<void> | null = null;
  let error: string | null = null;

  /** Brings the mark up to date; false if nothing has changed since the last write. */
  function update(): boolean {
    const { streams, lastId } = queue;
    mark = withGivenOut(mark, queue.epoch, streams);
    const wasSettled = settleMoment();
    if (moment === null && streams !== settledStreams) moment = { lastId, streams };
    return settleMoment() || wasSettled || writtenStreams !== streams;
  }

  /**
   * Once all rows of an earlier moment are gone and no gap is left, all numbers given
   * out by that moment are settled.
   */
  function settleMoment(): boolean {
    if (moment === null || !queue.hasNoGaps || queue.firstId() <= moment.lastId) {
      return false;
    }
    mark = withSettled(mark, moment.streams);
    settledStreams = moment.streams;
    moment = null;
    return true;
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
