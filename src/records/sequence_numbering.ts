/**
 * Assigns sequence numbers to the records of each stream.
 *
 * @module
 */

import type { StreamPosition } from "./record.ts";

/** Assigns the sequence numbers of all streams. */
export interface SequenceNumbering {
  /** Assigns the next position in a stream (see `streamName`). */
  next(stream: string): StreamPosition;
  /** Releases the last assigned number of a stream, because its record was not created. */
  rollBack(stream: string): void;
}

/** The epoch of this start, and the last position of each stream in earlier epochs. */
export interface SequenceStart {
  readonly epoch: number;
  readonly streams: ReadonlyMap<
    string,
    { readonly epoch: number; readonly seq: number }
  >;
}

/**
 * Creates the numbering for one start of the agent. `seq` starts at 1 in each
 * stream. The first record of a stream contains the last epoch and seq of the
 * stream before this start (null = unknown).
 */
export function createSequenceNumbering(start: SequenceStart): SequenceNumbering {
  const last = new Map<string, number>();
  return {
    next(stream) {
      const seq = (last.get(stream) ?? 0) + 1;
      last.set(stream, seq);
      const previous = seq === 1 ? start.streams.get(stream) : undefined;
      return {
        epoch: start.epoch,
        seq,
        prev_epoch: previous?.epoch ?? null,
        prev_seq: previous?.seq ?? null,
      };
    },
    rollBack(stream) {
      const seq = last.get(stream) ?? 0;
      if (seq > 0) last.set(stream, seq - 1);
    },
  };
}
