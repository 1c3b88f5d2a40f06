import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSequenceNumbering } from "./sequence_numbering.ts";

const STREAM = fc.constantFrom("g/a/T", "g/b/T", "g/a/U");

Deno.test("next() numbers each stream 1, 2, 3, whatever is rolled back", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ stream: STREAM, keep: fc.boolean() }), { maxLength: 60 }),
    (steps) => {
      const numbering = createSequenceNumbering({ epoch: 9, streams: new Map() });
      const kept = new Map<string, number[]>();
      for (const { stream, keep } of steps) {
        const { seq } = numbering.next(stream);
        if (keep) kept.set(stream, [...kept.get(stream) ?? [], seq]);
        else numbering.rollBack(stream);
      }
      for (const seqs of kept.values()) {
        deepStrictEqual(seqs, seqs.map((_, index) => index + 1));
      }
    },
  ));
});

Deno.test("next(): only the first record of a stream has prev_epoch and prev_seq", () => {
  const numbering = createSequenceNumbering({
    epoch: 9,
    streams: new Map([["g/a/T", { epoch: 7, seq: 41 }]]),
  });
  deepStrictEqual(numbering.next("g/a/T"), {
    epoch: 9,
    seq: 1,
    prev_epoch: 7,
    prev_seq: 41,
  });
  deepStrictEqual(numbering.next("g/a/T"), {
    epoch: 9,
    seq: 2,
    prev_epoch: null,
    prev_seq: null,
  });
  deepStrictEqual(numbering.next("g/new/T"), {
    epoch: 9,
    seq: 1,
    prev_epoch: null,
    prev_seq: null,
  });
});

Deno.test("rollBack() of a first record leaves prev_epoch and prev_seq to the next record", () => {
  const numbering = createSequenceNumbering({
    epoch: 9,
    streams: new Map([["g/a/T", { epoch: 7, seq: 41 }]]),
  });
  numbering.next("g/a/T");
  numbering.rollBack("g/a/T");
  strictEqual(numbering.next("g/a/T").prev_seq, 41);
  numbering.rollBack("g/never/T");
  strictEqual(numbering.next("g/never/T").seq, 1);
});
