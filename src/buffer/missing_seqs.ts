/**
 * Derives which sequence numbers were lost with rows of which neither payload nor
 * columns are readable, from the numbers of the rows around them. Pure.
 *
 * Rows are stored in the order of their numbers, so a row that is lost leaves a hole
 * between the previous and the next row of its stream. Where one of these two is no
 * longer in the file, the number beside the other one is assumed lost. The result can
 * therefore include numbers that were delivered, but lacks none that was lost.
 *
 * @module
 */

import type { LastSeq } from "./buffer.ts";

/** The position of a row. */
export interface Place {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
}

/** A whole row near the lost ones. */
export interface PlacedRow extends Place {
  readonly id: number;
  /** `prev_epoch` and `prev_seq` of the record, on the first of an epoch. */
  readonly previous: LastSeq | undefined;
}

/** The whole rows around lost ones, by id. */
export interface RowWindow {
  readonly rows: readonly PlacedRow[];
  /** True if no row follows those of the window. */
  readonly isToEnd: boolean;
}

/** What a damaged payload states, if that is possible; not checked. */
export type Claim = Place | undefined;

/** Rows that cannot be read. */
export interface LostRows {
  /** Ids of the first and the last one. */
  readonly first: number;
  readonly last: number;
  /** Upper limit of their number. */
  readonly count: number;
}

/** Maximum size of a hole; a larger one is shortened to its newest numbers. */
const HOLE_MAX = 10_000;

/**
 * The numbers that may be lost with the rows `lost`.
 *
 * @param streams the last stored number of each stream
 */
export function missingSeqs(
  { first, last, count }: LostRows,
  window: RowWindow,
  streams: ReadonlyMap<string, LastSeq>,
): readonly Place[] {
  const rowsOf = new Map<string, PlacedRow[]>();
  for (const name of streams.keys()) rowsOf.set(name, []);
  for (const row of window.rows) {
    const rows = rowsOf.get(row.stream);
    if (rows === undefined) rowsOf.set(row.stream, [row]);
    else rows.push(row);
  }
  const found: Place[] = [];
  for (const [stream, rows] of rowsOf) {
    const newest = streams.get(stream);
    for (let at = 0; at <= rows.length; at++) {
      const before = rows[at - 1];
      const after = rows[at];
      const isAround = (before?.id ?? -Infinity) < last &&
        (after?.id ?? Infinity) > first;
      if (!isAround) continue;
      const hole = { before, after, newest, isToEnd: window.isToEnd };
      for (const [epoch, from, to] of spansOf(hole, count)) {
        for (let seq = Math.max(from, to - HOLE_MAX + 1, 1); seq <= to; seq++) {
          found.push({ stream, epoch, seq });
        }
      }
    }
  }
  return found;
}

/**
 * The claims of all lost rows, if each of them is one of the missing numbers; otherwise
 * all of these.
 */
export function chooseMissing(
  claims: readonly Claim[],
  missing: readonly Place[],
): readonly Place[] {
  const keys = new Set(missing.map(placeKey));
  const claimed = new Map<string, Place>();
  for (const place of claims) {
    if (place === undefined || !keys.has(placeKey(place))) return missing;
    claimed.set(placeKey(place), place);
  }
  return claimed.size === claims.length ? [...claimed.values()] : missing;
}

/** A place as the key of a map. */
export function placeKey({ stream, epoch, seq }: Place): string {
  return `${epoch} ${seq} ${stream}`;
}

/** The place in a stream where a row can be missing. */
interface Hole {
  readonly before: PlacedRow | undefined;
  readonly after: PlacedRow | undefined;
  /** The last stored number of the stream. */
  readonly newest: LastSeq | undefined;
  readonly isToEnd: boolean;
}

type Span = readonly [epoch: number, firstSeq: number, lastSeq: number];

/** @param count number of lost rows */
function spansOf({ before, after, newest, isToEnd }: Hole, count: number): Span[] {
  if (after === undefined) return spansAtEnd(before, newest, isToEnd, count);
  const { epoch, seq, previous } = after;
  if (before?.epoch === epoch) return [[epoch, before.seq + 1, seq - 1]];
  if (before !== undefined && before.epoch > epoch) return []; // moved by a repair
  if (before !== undefined) {
    const end = previous?.epoch === before.epoch ? previous.seq : before.seq + count;
    return [[before.epoch, before.seq + 1, end], [epoch, 1, seq - 1]];
  }
  return seq > 1 || previous === undefined
    ? [[epoch, seq - count, seq - 1]]
    : [[previous.epoch, previous.seq - count + 1, previous.seq]];
}

function spansAtEnd(
  before: PlacedRow | undefined,
  newest: LastSeq | undefined,
  isToEnd: boolean,
  count: number,
): Span[] {
  if (newest === undefined) return [];
  const { epoch, seq } = newest;
  if (before === undefined) return [[epoch, seq - count + 1, seq]];
  if (before.epoch === epoch) {
    const end = isToEnd ? seq : Math.min(seq, before.seq + count);
    return [[epoch, before.seq + 1, end]];
  }
  return [[before.epoch, before.seq + 1, before.seq + count], [
    epoch,
    seq - count + 1,
    seq,
  ]];
}
