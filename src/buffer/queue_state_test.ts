import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { NewRow } from "./buffer.ts";
import { type LostSeq, pending } from "./gaps.ts";
import {
  applyChange,
  countRows,
  type QueueChange,
  type StoredState,
} from "./queue_state.ts";

const EMPTY: StoredState = {
  rows: 0,
  lastId: 0,
  gaps: { gaps: [], nextId: 1 },
  streams: new Map(),
};

Deno.test("applyChange() keeps the number of rows equal to the counted changes", () => {
  fc.assert(fc.property(fc.array(anyChange(), { maxLength: 30 }), (changes) => {
    const state = changes.reduce(applyChange, EMPTY);
    const { stored, delivered, evicted, deadLetters } = countRows(changes);
    strictEqual(state.rows, stored - delivered - evicted - deadLetters);
  }));
});

Deno.test("applyChange() never modifies the state that it is given", () => {
  fc.assert(fc.property(fc.array(anyChange(), { maxLength: 10 }), (changes) => {
    let state = EMPTY;
    for (const change of changes) {
      const copy = structuredClone(state);
      const next = applyChange(state, change);
      deepStrictEqual(state, copy);
      state = next;
    }
  }));
});

Deno.test("applyChange() remembers the last sequence number of dropped rows too", () => {
  const rows = [rowOf(1), rowOf(2)];
  const state = applyChange(EMPTY, { kind: "stored", rows, kept: [], lastId: 0 });
  deepStrictEqual(state.streams.get("gw/a/Reading"), { epoch: 1, seq: 2 });
  strictEqual(state.rows, 0);
});

Deno.test("a gap is announced by a stored row, pending again when the row is lost, and removed on delivery", () => {
  const withGap = applyChange(EMPTY, lossOf([lostSeq(7)]));
  const [gap] = pending(withGap.gaps);
  ok(gap !== undefined);
  const row = { ...rowOf(8), announcesGap: gap };
  const stored: QueueChange = { kind: "stored", rows: [row], kept: [row], lastId: 5 };
  const announced = applyChange(withGap, stored);
  strictEqual(pending(announced.gaps).length, 0);
  strictEqual(announced.gaps.gaps[0]?.announcedBy, 5);
  const evicted = applyChange(announced, { ...lossOf([]), evicted: [5] });
  deepStrictEqual(pending(evicted.gaps).map(({ firstSeq }) => firstSeq), [7]);
  const delivered = applyChange(announced, { kind: "delivered", ids: [5], rows: 1 });
  deepStrictEqual(delivered.gaps.gaps, []);
});

function lossOf(lost: readonly LostSeq[]): Extract<QueueChange, { kind: "lost" }> {
  return { kind: "lost", evicted: [], deadLetters: [], lost };
}

function lostSeq(seq: number): LostSeq {
  return { stream: "gw/a/Reading", epoch: 1, seq, reason: "max_rows" };
}

function rowOf(seq: number): NewRow {
  return {
    stream: "gw/a/Reading",
    epoch: 1,
    seq,
    topic: "readings",
    key: "a",
    payload: new Uint8Array(3),
    createdAtMs: seq,
  };
}

function anyChange(): fc.Arbitrary<QueueChange> {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { maxLength: 5 });
  const seqs = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 5 });
  return fc.oneof(
    ids.map((ids): QueueChange => ({ kind: "delivered", ids, rows: ids.length })),
    fc.tuple(seqs, fc.nat(5), fc.nat(99)).map(
      ([seqs, dropped, lastId]): QueueChange => {
        const rows = seqs.map(rowOf);
        return { kind: "stored", rows, kept: rows.slice(dropped), lastId };
      },
    ),
    fc.tuple(ids, ids, seqs).map(([evicted, deadLetters, seqs]): QueueChange => ({
      kind: "lost",
      evicted,
      deadLetters,
      lost: seqs.map(lostSeq),
    })),
  );
}
