import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createStreamBook } from "./sequence_numbering.ts";

const STREAM = fc.constantFrom("g/a/T", "g/b/T", "g/a/U");

Deno.test("every stream counts 1, 2, 3 on its own, whatever is taken back", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ stream: STREAM, keep: fc.boolean() }), { maxLength: 60 }),
    (steps) => {
      const book = createStreamBook({ epoch: 9, streams: new Map() });
      const kept = new Map<string, number[]>();
      for (const { stream, keep } of steps) {
        const { seq } = book.next(stream);
        if (keep) kept.set(stream, [...kept.get(stream) ?? [], seq]);
        else book.takeBack(stream);
      }
      for (const seqs of kept.values()) {
        deepStrictEqual(seqs, seqs.map((_, index) => index + 1));
      }
    },
  ));
});

Deno.test("only the first record of a stream says where the epoch before ended", () => {
  const book = createStreamBook({
    epoch: 9,
    streams: new Map([["g/a/T", { epoch: 7, seq: 41 }]]),
  });
  deepStrictEqual(book.next("g/a/T"), {
    epoch: 9,
    seq: 1,
    prev_epoch: 7,
    prev_seq: 41,
  });
  deepStrictEqual(book.next("g/a/T"), {
    epoch: 9,
    seq: 2,
    prev_epoch: null,
    prev_seq: null,
  });
  deepStrictEqual(book.next("g/new/T"), {
    epoch: 9,
    seq: 1,
    prev_epoch: null,
    prev_seq: null,
  });
});

Deno.test("a first record that was taken back leaves its word to the next", () => {
  const book = createStreamBook({
    epoch: 9,
    streams: new Map([["g/a/T", { epoch: 7, seq: 41 }]]),
  });
  book.next("g/a/T");
  book.takeBack("g/a/T");
  strictEqual(book.next("g/a/T").prev_seq, 41);
  book.takeBack("g/never/T");
  strictEqual(book.next("g/never/T").seq, 1);
});
