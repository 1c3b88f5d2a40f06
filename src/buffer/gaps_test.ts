import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  addLost,
  announce,
  dropDelivered,
  type GapState,
  type LostSeq,
  pending,
  PENDING_GAPS_MAX,
  PENDING_KEYS_MAX,
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

Deno.test("beyond PENDING_GAPS_MAX the gaps of one stream, epoch and reason become one", () => {
  const odd = Array.from({ length: PENDING_GAPS_MAX + 1 }, (_, at) => lost(2 * at + 1));
  const state = addLost(EMPTY, odd);
  deepStrictEqual(
    pending(state).map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq]),
    [[1, 2 * PENDING_GAPS_MAX + 1]],
  );
});

Deno.test("the state never exceeds PENDING_KEYS_MAX gaps", () => {
  const many = Array.from(
    { length: PENDING_KEYS_MAX + 100 },
    (_, at) => ({ ...lost(1), epoch: at }),
  );
  strictEqual(addLost(EMPTY, many).gaps.length, PENDING_KEYS_MAX);
});

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
