/**
 * The book of numbers that were given and then given up. Pure: a book in, a
 * book out.
 *
 * A gap is pending until a row that announces it is stored, and forgotten only
 * when that row has been delivered: if the announcement itself is given up, the
 * gap is pending again. So no gap is ever lost, and since pending gaps of one
 * stream, epoch and reason that touch become one, the book stays short however
 * long rows are given up.
 *
 * @module
 */

import type { GapReason, PendingGap } from "./buffer.ts";

/** The most pending gaps that are kept apart. */
export const PENDING_GAPS_MAX = 2_000;

/**
 * The most that are kept at all: that many (stream, epoch, reason) take years
 * of restarts with a full buffer and no uplink. Beyond it the oldest go.
 */
export const PENDING_KEYS_MAX = 20_000;

/** A gap in the book. */
export interface Gap extends PendingGap {
  /** The row that announces it, or null while it is pending. */
  readonly announcedBy: number | null;
}

/** A number that is given up. */
export interface LostSeq {
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
  readonly reason: GapReason;
}

/** All gaps, and the next id of one. */
export interface GapBook {
  readonly gaps: readonly Gap[];
  readonly nextId: number;
}

/** Those that wait to be announced. */
export function pending(book: GapBook): Gap[] {
  return book.gaps.filter((gap) => gap.announcedBy === null);
}

/** Enters numbers that are given up. */
export function enter(book: GapBook, lost: readonly LostSeq[]): GapBook {
  if (lost.length === 0) return book;
  let nextId = book.nextId;
  const fresh = lost.map(({ stream, epoch, seq, reason }): Gap => ({
    id: nextId++,
    stream,
    epoch,
    firstSeq: seq,
    lastSeq: seq,
    reason,
    announcedBy: null,
  }));
  return { gaps: join([...book.gaps, ...fresh]), nextId };
}

/**
 * A row was stored that announces `gap`, as it was read from the book. What it
 * has grown by since stays pending.
 */
export function announce(book: GapBook, gap: PendingGap, rowId: number): GapBook {
  const now = book.gaps.find((one) => one.id === gap.id && one.announcedBy === null);
  if (now === undefined) return book;
  let nextId = book.nextId;
  const firstSeq = Math.max(now.firstSeq, gap.firstSeq);
  const lastSeq = Math.min(now.lastSeq, gap.lastSeq);
  if (firstSeq > lastSeq) return book;
  const rest: Gap[] = [];
  if (now.firstSeq < firstSeq) {
    rest.push({ ...now, id: nextId++, lastSeq: firstSeq - 1 });
  }
  if (now.lastSeq > lastSeq) {
    rest.push({ ...now, id: nextId++, firstSeq: lastSeq + 1 });
  }
  const gaps = book.gaps.filter((one) => one !== now);
  gaps.push({ ...now, firstSeq, lastSeq, announcedBy: rowId }, ...rest);
  return { gaps, nextId };
}

/** Rows were delivered: what they announced is known to the far side. */
export function forget(book: GapBook, delivered: ReadonlySet<number>): GapBook {
  const gaps = book.gaps.filter((gap) =>
    gap.announcedBy === null || !delivered.has(gap.announcedBy)
  );
  return gaps.length === book.gaps.length ? book : { ...book, gaps };
}

/** Rows were given up: what they announced is pending again. */
export function reopen(book: GapBook, lostRows: ReadonlySet<number>): GapBook {
  let reopened = false;
  const gaps = book.gaps.map((gap) => {
    if (gap.announcedBy === null || !lostRows.has(gap.announcedBy)) return gap;
    reopened = true;
    return { ...gap, announcedBy: null };
  });
  return reopened ? { ...book, gaps: join(gaps) } : book;
}

/** Makes pending gaps that touch or overlap one; the oldest id stays. */
function join(gaps: readonly Gap[]): Gap[] {
  const joined = gaps.filter((gap) => gap.announcedBy !== null);
  let spans = [...byKey(gaps).values()].flatMap((group) => merge(group, 1));
  if (spans.length > PENDING_GAPS_MAX) {
    // Too many to keep apart: one for each stream, epoch and reason, which may
    // name numbers that were delivered between two that were not.
    spans = [...byKey(spans).values()].flatMap((group) => merge(group, Infinity));
  }
  spans.sort((a, b) => a.id - b.id);
  return [...joined, ...spans.slice(-PENDING_KEYS_MAX)];
}

function byKey(gaps: readonly Gap[]): Map<string, Gap[]> {
  const groups = new Map<string, Gap[]>();
  for (const gap of gaps) {
    if (gap.announcedBy !== null) continue;
    const key = `${gap.epoch} ${gap.reason} ${gap.stream}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [gap]);
    else group.push(gap);
  }
  return groups;
}

/** Makes one of those that stand `distance` or less apart. */
function merge(group: Gap[], distance: number): Gap[] {
  group.sort((a, b) => a.firstSeq - b.firstSeq);
  const merged: Gap[] = [];
  for (const gap of group) {
    const last = merged.at(-1);
    if (last === undefined || gap.firstSeq > last.lastSeq + distance) {
      merged.push(gap);
      continue;
    }
    if (gap.lastSeq <= last.lastSeq && gap.id > last.id) continue;
    merged[merged.length - 1] = {
      ...last,
      id: Math.min(last.id, gap.id),
      lastSeq: Math.max(last.lastSeq, gap.lastSeq),
    };
  }
  return merged;
}
