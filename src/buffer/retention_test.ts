import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  BYTES_MIN,
  countToEvict,
  deletableRows,
  pagesToRelease,
  rowBytes,
  shareBytes,
} from "./retention.ts";
import { PAGE_BYTES } from "./store/schema.ts";

Deno.test("shareBytes() never divides more than max_bytes", () => {
  fc.assert(fc.property(fc.integer({ min: BYTES_MIN, max: 2 ** 40 }), (maxBytes) => {
    const share = shareBytes(maxBytes);
    ok(share.fileBytesMax + share.walBytesMax <= maxBytes);
    const grown = share.checkpointPages * PAGE_BYTES + 3 * share.commitBytesMax +
      share.deleteBytesMax;
    ok(grown <= share.walBytesMax);
    ok(share.checkpointPages > 0 && share.commitBytesMax > 0);
  }));
});

Deno.test("deletableRows() limits the bytes of a deletion by the mean size of the rows", () => {
  const limits = shareBytes(2 ** 30);
  strictEqual(deletableRows(limits, { rows: 1_000, bytes: 1_000 * 1_024 }), 1_024);
  ok(deletableRows(limits, { rows: 0, bytes: 65_536 }) >= 16);
  ok(deletableRows(limits, { rows: 1, bytes: 2 ** 30 }) >= 1);
});

Deno.test("countToEvict() removes the excess with the fewest rows", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 60 }),
    fc.integer({ min: -5, max: 70 }),
    fc.integer({ min: -5, max: 9_000 }),
    (sizes, rows, bytes) => {
      const count = countToEvict(sizes, { rows, bytes });
      const sum = (n: number): number => sizes.slice(0, n).reduce((a, b) => a + b, 0);
      const enough = (n: number): boolean => n >= rows && sum(n) >= bytes;
      ok(count === sizes.length || enough(count));
      ok(count === 0 || !enough(count - 1));
    },
  ));
});

Deno.test("rowBytes() increases with the payload and is never smaller", () => {
  fc.assert(fc.property(fc.nat(20_000), fc.nat(50), fc.nat(50), (size, topic, key) => {
    ok(rowBytes(size, topic, key) >= size + topic + key);
    ok(rowBytes(size + 1, topic, key) >= rowBytes(size, topic, key));
  }));
});

Deno.test("pagesToRelease() keeps free pages for future rows", () => {
  const limit = 10_000 * PAGE_BYTES;
  strictEqual(pagesToRelease({ all: 1_000, free: 200 }, limit), 0);
  strictEqual(pagesToRelease({ all: 9_000, free: 4_000 }, limit), 0);
  ok(pagesToRelease({ all: 9_000, free: 8_900 }, limit) > 0);
});

Deno.test("pagesToRelease() shortens a file above the limit by its free pages", () => {
  const limit = 100 * PAGE_BYTES;
  strictEqual(pagesToRelease({ all: 130, free: 40 }, limit), 30);
  strictEqual(pagesToRelease({ all: 130, free: 10 }, limit), 10);
});
