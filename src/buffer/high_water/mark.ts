/**
 * The high-water mark: which sequence numbers were given out, so that none is reused
 * and none is lost silently if the buffer's file is removed, damaged or replaced by an
 * older copy. Pure.
 *
 * A number counts as given out once its row is committed, and as settled once it was
 * delivered, or announced as lost and the announcement delivered.
 *
 * @module
 */

import type { LastSeq } from "../buffer.ts";
import type { LostRange } from "../gaps.ts";

/** Numbers that were given out in one stream and epoch: 1 to `last`. */
export interface SeqSpan {
  readonly stream: string;
  readonly epoch: number;
  /** All numbers below this one are settled. */
  readonly first: number;
  readonly last: number;
}

/** The content of the mark. */
export interface HighWaterMark {
  /** The highest epoch of any start; 0 = unknown. */
  readonly epoch: number;
  /** By stream with ascending epochs; of a stream, the newest span and all with unsettled numbers. */
  readonly spans: ReadonlyMap<string, readonly SeqSpan[]>;
}

/** The last number of each stream. */
export type LastSeqs = ReadonlyMap<string, LastSeq>;

/** A mark that knows nothing. */
export const NO_MARK: HighWaterMark = { epoch: 0, spans: new Map() };

/**
 * Unsettled numbers that a buffer with these last numbers lacks. A buffer that knows a
 * later epoch of the stream lacks none of an earlier one: its start in that epoch has
 * already announced them.
 */
export function missingIn({ spans }: HighWaterMark, buffer: LastSeqs): LostRange[] {
  const missing: LostRange[] = [];
  for (const { stream, epoch, first, last } of [...spans.values()].flat()) {
    const known = buffer.get(stream);
    if (known !== undefined && known.epoch > epoch) continue;
    const firstSeq = known?.epoch === epoch ? Math.max(first, known.seq + 1) : first;
    if (firstSeq > last) continue;
    missing.push({ stream, epoch, firstSeq, lastSeq: last, reason: "buffer_lost" });
  }
  return missing;
}

/**
 * The gateway of a mark that was copied from another one: the buffer has streams, but
 * none of a gateway in the mark. Null if the mark may belong to the buffer.
 */
export function foreignGateway(
  { spans }: HighWaterMark,
  buffer: LastSeqs,
): string | null {
  const [first] = spans.keys();
  if (first === undefined || buffer.size === 0) return null;
  const own = new Set(buffer.keys().map(gatewayOf));
  return spans.keys().some((stream) => own.has(gatewayOf(stream)))
    ? null
    : gatewayOf(first);
}

/** Ids of gateways contain no slash. */
function gatewayOf(stream: string): string {
  return stream.slice(0, stream.indexOf("/"));
}

/** The last number of each stream that either the mark or the buffer knows. */
export function lastOfBoth({ spans }: HighWaterMark, buffer: LastSeqs): LastSeqs {
  const all = new Map(buffer);
  for (const [stream, of] of spans) {
    const newest = of.at(-1);
    if (newest === undefined) continue;
    const known = all.get(stream);
    if (known === undefined || isAfter(newest.epoch, newest.last, known)) {
      all.set(stream, { epoch: newest.epoch, seq: newest.last });
    }
  }
  return all;
}

/** Adds the numbers that the buffer has given out. */
export function withGivenOut(
  mark: HighWaterMark,
  epoch: number,
  buffer: LastSeqs,
): HighWaterMark {
  const spans = new Map(mark.spans);
  for (const [stream, last] of buffer) {
    const of = spans.get(stream) ?? [];
    const newest = of.at(-1);
    if (newest === undefined || last.epoch > newest.epoch) {
      spans.set(stream, [
        ...of.filter(hasUnsettled),
        { stream, epoch: last.epoch, first: 1, last: last.seq },
      ]);
    } else if (last.epoch === newest.epoch && last.seq > newest.last) {
      spans.set(stream, [...of.slice(0, -1), { ...newest, last: last.seq }]);
    }
  }
  return { epoch: Math.max(mark.epoch, epoch), spans };
}

/** Settles all numbers up to `settled`, the last numbers of an earlier moment. */
export function withSettled(mark: HighWaterMark, settled: LastSeqs): HighWaterMark {
  const spans = new Map(mark.spans);
  for (const [stream, { epoch, seq }] of settled) {
    const of = spans.get(stream);
    if (of === undefined) continue;
    const next = of
      .filter((span, at) => span.epoch >= epoch || at === of.length - 1)
      .map((span) => {
        const upTo = span.epoch < epoch ? span.last : span.epoch === epoch ? seq : 0;
        return upTo < span.first ? span : { ...span, first: upTo + 1 };
      });
    spans.set(stream, next);
  }
  return { ...mark, spans };
}

function hasUnsettled({ first, last }: SeqSpan): boolean {
  return first <= last;
}

function isAfter(epoch: number, seq: number, than: LastSeq): boolean {
  return epoch > than.epoch || (epoch === than.epoch && seq > than.seq);
}
