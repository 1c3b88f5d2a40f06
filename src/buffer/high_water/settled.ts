/**
 * Finds which sequence numbers of each stream are settled, by a pass over the stored
 * rows in steps: a row that waits unsettles only its own stream. Pure.
 *
 * A number that was given out when the pass began is settled if its row has left the file
 * before the pass reads its place, and if no gap of the stream waits at the end.
 *
 * @module
 */

import type { LastSeq } from "../buffer.ts";
import type { LostRange } from "../gaps.ts";
import type { LastSeqs } from "./mark.ts";

/** The stored rows of one stream and epoch in one step of the pass. */
export interface WaitingRows {
  /** The stream, see `row_checksum.ts`; null if the row does not contain it. */
  readonly streamCrc: number | null;
  readonly epoch: number;
  /** The lowest and the highest number of these rows. */
  readonly first: number;
  readonly last: number;
}

/** One step of the pass. */
export interface WaitingPage {
  readonly rows: readonly WaitingRows[];
  /** The id up to which the rows were read; null at the end. */
  readonly readUpTo: number | null;
}

/** A pass over the rows that were stored when it began. */
export interface SettlePass {
  /** The last id and the last numbers when the pass began. */
  readonly lastId: number;
  readonly streams: LastSeqs;
  /** The id up to which the rows were read. */
  readonly readUpTo: number;
  /** The lowest waiting number by stream CRC. */
  readonly waiting: ReadonlyMap<number, LastSeq>;
  /** True if a row was found whose stream or number is unknown: nothing is settled. */
  readonly hasUnknown: boolean;
}

/** Starts a pass over the rows up to these last numbers. */
export function startPass(lastId: number, streams: LastSeqs): SettlePass {
  return {
    ...{ lastId, streams, waiting: new Map(), hasUnknown: false },
    readUpTo: Number.MIN_SAFE_INTEGER,
  };
}

/**
 * Adds a step to the pass.
 *
 * @param lastByCrc the last numbers of the pass by stream CRC
 */
export function addPage(
  pass: SettlePass,
  { rows, readUpTo }: WaitingPage,
  lastByCrc: LastByCrc,
): SettlePass {
  const waiting = new Map(pass.waiting);
  let { hasUnknown } = pass;
  for (const { streamCrc, epoch, first, last } of rows) {
    const known = streamCrc === null ? undefined : lastByCrc.get(streamCrc);
    const isKnown = known !== undefined && first >= 1 && last >= first &&
      !isBefore(known, { epoch, seq: last });
    if (streamCrc === null || !isKnown) {
      hasUnknown = true;
      continue;
    }
    const lowest = waiting.get(streamCrc);
    const found = { epoch, seq: first };
    if (lowest === undefined || isBefore(found, lowest)) waiting.set(streamCrc, found);
  }
  return { ...pass, waiting, hasUnknown, readUpTo: readUpTo ?? pass.readUpTo };
}

/** Last numbers by stream CRC. */
export type LastByCrc = ReadonlyMap<number, LastSeq>;

/** The last number of each stream by its CRC; the greater one of two streams with one CRC. */
export function lastByCrc(
  streams: LastSeqs,
  crcOf: (stream: string) => number,
): LastByCrc {
  const last = new Map<number, LastSeq>();
  for (const [stream, number] of streams) {
    const crc = crcOf(stream);
    const known = last.get(crc);
    if (known === undefined || isBefore(known, number)) last.set(crc, number);
  }
  return last;
}

/** The settled numbers at the end of a pass: of each stream, all up to the returned one. */
export function settledBy(
  { streams, waiting, hasUnknown }: SettlePass,
  gaps: readonly Pick<LostRange, "stream" | "epoch" | "firstSeq">[],
  crcOf: (stream: string) => number,
): LastSeqs {
  const settled = new Map<string, LastSeq>();
  if (hasUnknown) return settled;
  const lowestGaps = new Map<string, LastSeq>();
  for (const { stream, epoch, firstSeq } of gaps) {
    const lowest = lowestGaps.get(stream);
    const gap = { epoch, seq: firstSeq };
    if (lowest === undefined || isBefore(gap, lowest)) lowestGaps.set(stream, gap);
  }
  for (const [stream, last] of streams) {
    let upTo = last;
    for (const open of [waiting.get(crcOf(stream)), lowestGaps.get(stream)]) {
      if (open === undefined || isBefore(upTo, open)) continue;
      upTo = { epoch: open.epoch, seq: open.seq - 1 };
    }
    settled.set(stream, upTo);
  }
  return settled;
}

function isBefore(a: LastSeq, b: LastSeq): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.seq < b.seq);
}
