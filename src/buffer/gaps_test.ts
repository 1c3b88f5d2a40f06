import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { PendingGap } from "./buffer.ts";
import {
  addLost,
  announce,
  compactGaps,
  dropDelivered,
  type GapState,
  type LostSeq,
  pending,
  reopen,
} from "./gaps.ts";

const EMPTY: GapState = { gaps: [], nextId: 1 };

Deno.test("every lost number is pending, announced or delivered after any sequence of steps", () => {
  fc.assert(fc.property(fc.array(anyStep(), { maxLength: 60 }), (steps) => {
    let state = EMPTY;
    let row = 0;
    const lost = new Set<string>();
    const delivered = new Set<string>();
    for (const step of steps) {
      const shown = pending(state)[step.pick % Math.max(1, pending(state).length)];
      switch (step.does) {
        case "lose": {
          // Numbers can also be lost between the reading of a gap and its announcement.
          state = addLost(state, step.lost);
          for (const one of step.lost) {
            lost.add(`${one.stream} ${one.epoch} ${one.seq}`);
          }
          break;
        }
        case "announce": {
          if (shown === undefined) break;
          state = addLost(state, step.lost);
          for (const one of step.lost) {
            lost.add(`${one.stream} ${one.epoch} ${one.seq}`);
          }
          state = announce(state, shown, ++row);
          break;
        }
        case "deliver": {
          const by = row - step.pick % 3;
          for (const gap of state.gaps) {
            if (gap.announcedBy !== by) continue;
            for (let seq = gap.firstSeq; seq <= gap.lastSeq; seq++) {
              delivered.add(`${gap.stream} ${gap.epoch} ${seq}`);
            }
          }
          state = dropDelivered(state, new Set([by]));
          break;
        }
        case "evict":
          state = reopen(state, new Set([row - step.pick % 3]));
          break;
      }
      const known = new Set(delivered);
      for (const gap of state.gaps) {
        for (let seq = gap.firstSeq; seq <= gap.lastSeq; seq++) {
          known.add(`${gap.stream} ${gap.epoch} ${seq}`);
        }
      }
      deepStrictEqual([...lost].filter((one) => !known.has(one)), []);
      deepStrictEqual([...known].filter((one) => !lost.has(one)), []);
      const ids = state.gaps.map((gap) => gap.id);
      strictEqual(new Set(ids).size, ids.length, "duplicate gap id");
      ok(ids.every((id) => id < state.nextId));
      strictEqual(adjacentPairs(state), 0, "two pending gaps are adjacent");
    }
  }));
});

Deno.test("announce() leaves the numbers pending that were added after the gap was read", () => {
  let state = addLost(EMPTY, [lost(1), lost(2), lost(3)]);
  const [read] = pending(state);
  ok(read !== undefined);
  state = addLost(state, [lost(4), lost(5)]);
  state = announce(state, read, 77);
  deepStrictEqual(
    pending(state).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
    [[4, 5]],
  );
});

Deno.test("addLost() merges a million consecutive numbers of one stream into one gap", () => {
  let state = EMPTY;
  for (let first = 1; first <= 1_000_000; first += 10_000) {
    state = addLost(state, Array.from({ length: 10_000 }, (_, at) => lost(first + at)));
  }
  strictEqual(state.gaps.length, 1);
});

Deno.test("compactGaps() merges the gaps with the fewest delivered numbers between them", () => {
  const seqs = [1, 2, 4, 5, 20, 30, 31];
  const state = compactGaps(addLost(EMPTY, seqs.map(lost)), 3);
  deepStrictEqual(
    pending(state).map(({ firstSeq, lastSeq, records }) => [
      firstSeq,
      lastSeq,
      records,
    ]),
    [[1, 5, 4], [20, 31, 3]],
  );
});

Deno.test("compactGaps() merges over restarts, and leaves one gap for each stream", () => {
  const many = Array.from({ length: 500 }, (_, at) => ({
    ...lost(1 + at % 3),
    epoch: 1 + Math.floor(at / 3),
  }));
  const other = { ...lost(7), stream: "gw/b/Reading" };
  const state = compactGaps(addLost(EMPTY, [...many, other]), 2);
  const [gap, rest] = pending(state);
  deepStrictEqual(
    [gap?.epoch, gap?.firstSeq, gap?.lastEpoch, gap?.lastSeq, gap?.records],
    [1, 1, 167, 2, 500],
  );
  deepStrictEqual([rest?.stream, rest?.firstSeq, rest?.records], [other.stream, 7, 1]);
  strictEqual(state.gaps.length, 2);
});

Deno.test("merged gaps cover every lost number, and count each once, after any steps", () => {
  let merges = 0;
  fc.assert(
    fc.property(
      fc.array(anyMergeStep(), { minLength: 30, maxLength: 120 }),
      (steps) => {
        let state = EMPTY;
        let row = 0;
        let delivered: PendingGap[] = [];
        const lost: LostSeq[] = [];
        const next = new Map<string, { epoch: number; seq: number }>();
        for (const { does, stream, count, pick } of steps) {
          const at = next.get(stream) ?? { epoch: 1, seq: 1 };
          const shown = pending(state)[pick % Math.max(1, pending(state).length)];
          switch (does) {
            case "lose": {
              const reason = pick % 5 === 0 ? "max_age" : "max_bytes";
              const seqs = Array.from({ length: count }, (_, n) => at.seq + n);
              const fresh = seqs.map((seq) => ({
                stream,
                epoch: at.epoch,
                seq,
                reason,
              }));
              lost.push(...fresh as LostSeq[]);
              state = addLost(state, fresh as LostSeq[]);
              next.set(stream, { ...at, seq: at.seq + count });
              break;
            }
            case "skip":
              next.set(stream, { ...at, seq: at.seq + count });
              break;
            case "restart":
              for (const [key, { epoch }] of next) {
                next.set(key, { epoch: epoch + 1, seq: 1 });
              }
              break;
            case "announce":
              if (shown !== undefined) state = announce(state, shown, ++row);
              break;
            case "deliver": {
              const by = row - pick % 3;
              delivered = delivered.concat(
                state.gaps.filter((gap) => gap.announcedBy === by),
              );
              state = dropDelivered(state, new Set([by]));
              break;
            }
            case "evict":
              state = reopen(state, new Set([row - pick % 3]));
              break;
            case "compact": {
              const before = state.gaps.length;
              const streams = new Set(pending(state).map((gap) => gap.stream)).size;
              state = compactGaps(state, count);
              if (state.gaps.length < before) merges++;
              ok(pending(state).length <= Math.max(streams, count));
            }
          }
        }
        const all = [...delivered, ...state.gaps];
        strictEqual(all.reduce((sum, { records }) => sum + records, 0), lost.length);
        for (const one of lost) {
          ok(
            all.some((gap) => covers(gap, one)),
            "a number is lost",
          );
        }
        const ids = state.gaps.map(({ id }) => id);
        strictEqual(new Set(ids).size, ids.length, "duplicate gap id");
      },
    ),
  );
  ok(merges > 10, "too few merges for a conclusion");
});

function covers(gap: PendingGap, { stream, epoch, seq }: LostSeq): boolean {
  if (gap.stream !== stream || epoch < gap.epoch || epoch > gap.lastEpoch) return false;
  return (epoch > gap.epoch || seq >= gap.firstSeq) &&
    (epoch < gap.lastEpoch || seq <= gap.lastSeq);
}

function anyMergeStep() {
  return fc.record({
    does: fc.constantFrom(
      ...["lose", "lose", "lose", "skip", "skip", "restart"] as const,
      ...["announce", "deliver", "evict", "compact"] as const,
    ),
    stream: fc.constantFrom("gw/a/Reading", "gw/b/Reading"),
    count: fc.integer({ min: 1, max: 6 }),
    pick: fc.nat(9),
  });
}

function lost(seq: number): LostSeq {
  return { stream: "gw/a/Reading", epoch: 1, seq, reason: "max_bytes" };
}

function adjacentPairs(state: GapState): number {
  const all = pending(state);
  return all.filter((a) =>
    all.some((b) =>
      a !== b && a.stream === b.stream && a.epoch === b.epoch &&
      a.reason === b.reason && a.firstSeq <= b.lastSeq + 1 && b.firstSeq <= a.lastSeq
    )
  ).length;
}

interface Step {
  readonly does: "lose" | "announce" | "deliver" | "evict";
  readonly lost: LostSeq[];
  readonly pick: number;
}

function anyStep(): fc.Arbitrary<Step> {
  return fc.record({
    does: fc.constantFrom(
      "lose" as const,
      "announce" as const,
      "deliver" as const,
      "evict" as const,
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
