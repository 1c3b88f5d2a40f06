import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  announce,
  enter,
  forget,
  type GapBook,
  type LostSeq,
  pending,
  PENDING_GAPS_MAX,
  PENDING_KEYS_MAX,
  reopen,
} from "./gaps.ts";

const EMPTY: GapBook = { gaps: [], nextId: 1 };

Deno.test("every number that was given up is announced or pending, whatever happens", () => {
  fc.assert(fc.property(fc.array(anyStep(), { maxLength: 60 }), (steps) => {
    let book = EMPTY;
    let row = 0;
    const lost = new Set<string>();
    const told = new Set<string>();
    for (const step of steps) {
      const shown = pending(book)[step.pick % Math.max(1, pending(book).length)];
      switch (step.does) {
        case "lose": {
          // More is lost, also between the reading of a gap and its announcement.
          book = enter(book, step.lost);
          for (const one of step.lost) {
            lost.add(`${one.stream} ${one.epoch} ${one.seq}`);
          }
          break;
        }
        case "announce": {
          if (shown === undefined) break;
          book = enter(book, step.lost);
          for (const one of step.lost) {
            lost.add(`${one.stream} ${one.epoch} ${one.seq}`);
          }
          book = announce(book, shown, ++row);
          break;
        }
        case "deliver": {
          const by = row - step.pick % 3;
          for (const gap of book.gaps) {
            if (gap.announcedBy !== by) continue;
            for (let seq = gap.firstSeq; seq <= gap.lastSeq; seq++) {
              told.add(`${gap.stream} ${gap.epoch} ${seq}`);
            }
          }
          book = forget(book, new Set([by]));
          break;
        }
        case "give up":
          book = reopen(book, new Set([row - step.pick % 3]));
          break;
      }
      const known = new Set(told);
      for (const gap of book.gaps) {
        for (let seq = gap.firstSeq; seq <= gap.lastSeq; seq++) {
          known.add(`${gap.stream} ${gap.epoch} ${seq}`);
        }
      }
      deepStrictEqual([...lost].filter((one) => !known.has(one)), []);
      deepStrictEqual([...known].filter((one) => !lost.has(one)), []);
      const ids = book.gaps.map((gap) => gap.id);
      strictEqual(new Set(ids).size, ids.length, "an id is used twice");
      ok(ids.every((id) => id < book.nextId));
      strictEqual(touching(book), 0, "two pending gaps touch");
    }
  }));
});

Deno.test("a gap that grows after it was read stays pending with what it grew by", () => {
  let book = enter(EMPTY, [lost(1), lost(2), lost(3)]);
  const [read] = pending(book);
  ok(read !== undefined);
  book = enter(book, [lost(4), lost(5)]);
  book = announce(book, read, 77);
  deepStrictEqual(
    pending(book).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
    [[4, 5]],
  );
});

Deno.test("a million numbers of one stream are one gap", () => {
  let book = EMPTY;
  for (let first = 1; first <= 1_000_000; first += 10_000) {
    book = enter(book, Array.from({ length: 10_000 }, (_, at) => lost(first + at)));
  }
  strictEqual(book.gaps.length, 1);
});

Deno.test("too many gaps apart become one a stream, epoch and reason", () => {
  const odd = Array.from({ length: PENDING_GAPS_MAX + 1 }, (_, at) => lost(2 * at + 1));
  const book = enter(EMPTY, odd);
  deepStrictEqual(
    pending(book).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
    [[1, 2 * PENDING_GAPS_MAX + 1]],
  );
});

Deno.test("the book never outgrows its bound", () => {
  const many = Array.from(
    { length: PENDING_KEYS_MAX + 100 },
    (_, at) => ({ ...lost(1), epoch: at }),
  );
  strictEqual(enter(EMPTY, many).gaps.length, PENDING_KEYS_MAX);
});

function lost(seq: number): LostSeq {
  return { stream: "gw/a/Reading", epoch: 1, seq, reason: "max_bytes" };
}

function touching(book: GapBook): number {
  const all = pending(book);
  return all.filter((a) =>
    all.some((b) =>
      a !== b && a.stream === b.stream && a.epoch === b.epoch &&
      a.reason === b.reason && a.firstSeq <= b.lastSeq + 1 && b.firstSeq <= a.lastSeq
    )
  ).length;
}

interface Step {
  readonly does: "lose" | "announce" | "deliver" | "give up";
  readonly lost: LostSeq[];
  readonly pick: number;
}

function anyStep(): fc.Arbitrary<Step> {
  return fc.record({
    does: fc.constantFrom(
      "lose" as const,
      "announce" as const,
      "deliver" as const,
      "give up" as const,
    ),
    lost: fc.array(
      fc.record({
        stream: fc.constantFrom("gw/a/Reading", "gw/b/Reading"),
        epoch: fc.constantFrom(1, 2),
        seq: fc.integer({ min: 1, max: 30 }),
        reason: fc.constantFrom("max_bytes" as const, "max_age" as const),
      }),
      { maxLength: 6 },
    ),
    pick: fc.nat(9),
  });
}
