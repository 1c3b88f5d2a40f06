import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { crc32 } from "../store/sqlite.ts";
import {
  type HighWaterMark,
  lastOfBoth,
  missingIn,
  NO_MARK,
  withGivenOut,
  withSettled,
} from "./mark.ts";
import { decodeMark, encodeMark, SLOT_BYTES, slotOffset } from "./mark_text.ts";

const at = (epoch: number, seq: number) => new Map([["a", { epoch, seq }]]);
const ranges = (mark: HighWaterMark, buffer = new Map()) =>
  missingIn(mark, buffer).map((
    { epoch, firstSeq, lastSeq },
  ) => [epoch, firstSeq, lastSeq]);

Deno.test("missingIn() lists unsettled numbers above those of the buffer, of all epochs", () => {
  let mark = withGivenOut(NO_MARK, 5, at(5, 200));
  mark = withGivenOut(mark, 6, at(6, 50));
  mark = withGivenOut(mark, 7, at(7, 10));
  strictEqual(mark.epoch, 7);
  deepStrictEqual(ranges(mark), [[5, 1, 200], [6, 1, 50], [7, 1, 10]]);
  deepStrictEqual(ranges(mark, at(5, 100)), [[5, 101, 200], [6, 1, 50], [7, 1, 10]]);
  deepStrictEqual(ranges(mark, at(7, 10)), []);
  deepStrictEqual(ranges(mark, at(7, 90)), [], "the mark is older than the buffer");
  deepStrictEqual(ranges(mark, at(8, 1)), []);
});

Deno.test("settled numbers are not missing, and only the newest settled span is kept", () => {
  let mark = withGivenOut(NO_MARK, 5, at(5, 200));
  mark = withGivenOut(mark, 6, at(6, 50));
  mark = withSettled(mark, at(6, 20));
  deepStrictEqual(ranges(mark), [[6, 21, 50]]);
  mark = withSettled(mark, at(6, 50));
  deepStrictEqual(ranges(mark), []);
  deepStrictEqual(mark.spans.get("a"), [{
    stream: "a",
    epoch: 6,
    first: 51,
    last: 50,
  }]);
  mark = withGivenOut(mark, 7, at(7, 1));
  deepStrictEqual(mark.spans.get("a"), [{ stream: "a", epoch: 7, first: 1, last: 1 }]);
});

Deno.test("lastOfBoth() is the later of the mark's and the buffer's last number", () => {
  const mark = withGivenOut(NO_MARK, 5, at(5, 200));
  deepStrictEqual(lastOfBoth(mark, at(5, 100)), at(5, 200));
  deepStrictEqual(lastOfBoth(mark, at(6, 1)), at(6, 1));
  deepStrictEqual(lastOfBoth(mark, new Map()), at(5, 200));
  deepStrictEqual(lastOfBoth(NO_MARK, at(5, 1)), at(5, 1));
});

/** A file after writes of `marks`, one per generation from 1. */
function fileOf(marks: readonly HighWaterMark[]): Uint8Array {
  const file = new Uint8Array(2 * SLOT_BYTES);
  marks.forEach((mark, nth) => {
    const generation = nth + 1;
    file.set(encodeMark({ mark, generation }, crc32), slotOffset(generation));
  });
  return file;
}

Deno.test("decodeMark() returns the newest mark, and the one before if a write was cut at any byte", () => {
  const first = withGivenOut(NO_MARK, 5, at(5, 200));
  const second = withGivenOut(
    withGivenOut(first, 6, at(6, 1_000)),
    6,
    new Map([["b/ü", { epoch: 6, seq: 1 }]]),
  );
  deepStrictEqual(decodeMark(fileOf([first, second]), crc32), {
    mark: second,
    generation: 2,
  });
  const third = withGivenOut(second, 6, at(6, 1_001));
  const line = encodeMark({ mark: third, generation: 3 }, crc32);
  for (let length = 0; length < line.length; length++) {
    const file = fileOf([first, second]);
    file.set(line.subarray(0, length), slotOffset(3));
    strictEqual(decodeMark(file, crc32)?.generation, 2, `cut at ${length}`);
  }
});

Deno.test("decodeMark() accepts no mark with a changed byte, and no other file", () => {
  const mark = withGivenOut(NO_MARK, 5, at(5, 200));
  const line = encodeMark({ mark, generation: 1 }, crc32);
  fc.assert(
    fc.property(
      fc.nat(line.length - 1),
      fc.integer({ min: 1, max: 255 }),
      (place, bits) => {
        const file = fileOf([mark]);
        const offset = slotOffset(1) + place;
        file[offset] = (file[offset] ?? 0) ^ bits;
        strictEqual(decodeMark(file, crc32), undefined);
      },
    ),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    strictEqual(decodeMark(bytes, crc32), undefined);
  }));
  strictEqual(decodeMark(new Uint8Array(2 * SLOT_BYTES + 1), crc32), undefined);
});

Deno.test("a mark of too many streams fits its slot without the oldest epochs", () => {
  let mark = NO_MARK;
  for (const epoch of [1, 2, 3]) {
    const streams = new Map(
      Array.from(
        { length: 4_000 },
        (_, n) => [`gw/${epoch}-${n}/Reading`, { epoch, seq: 9 }],
      ),
    );
    mark = withGivenOut(mark, epoch, streams);
  }
  const line = encodeMark({ mark, generation: 1 }, crc32);
  ok(line.length <= SLOT_BYTES);
  const kept = decodeMark(fileOf([mark]), crc32)?.mark;
  ok(kept?.spans.has("gw/3-3999/Reading"));
  ok(!kept?.spans.has("gw/1-3999/Reading"));
  ok((kept?.spans.size ?? 0) > 5_000);
});
