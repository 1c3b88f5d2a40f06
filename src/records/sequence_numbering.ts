/**
 * The numbers of streams.
 *
 * @module
 */

import type { Numbering } from "./record.ts";

/** Numbers the records of every stream. */
export interface StreamBook {
  /** The next number of a stream (see `streamName`). */
  next(stream: string): Numbering;
  /** Takes back the number that was given last: its record does not come to be. */
  takeBack(stream: string): void;
}

/** This start's epoch, and the last number of each stream before it. */
export interface StreamBookStart {
  readonly epoch: number;
  readonly streams: ReadonlyMap<
    string,
    { readonly epoch: number; readonly seq: number }
  >;
}

/**
 * Opens the book for this start: seq counts from 1 in each stream, and the
 * first record of each says where the epoch before ended (null = unknown).
 */
export function createStreamBook(start: StreamBookStart): StreamBook {
  const last = new Map<string, number>();
  return {
    next(stream) {
      const seq = (last.get(stream) ?? 0) + 1;
      last.set(stream, seq);
      const before = seq === 1 ? start.streams.get(stream) : undefined;
      return {
        epoch: start.epoch,
        seq,
        prev_epoch: before?.epoch ?? null,
        prev_seq: before?.seq ?? null,
      };
    },
    takeBack(stream) {
      const seq = last.get(stream) ?? 0;
      if (seq > 0) last.set(stream, seq - 1);
    },
  };
}
