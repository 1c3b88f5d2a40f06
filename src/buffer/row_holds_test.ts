import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createRowHolds } from "./row_holds.ts";

const LIMITS = { fileBytesMax: 80_000, rowsMax: 1_000_000 };

function rowsFrom(first: number, count: number, bytes = 500) {
  return Array.from({ length: count }, (_, at) => ({ id: first + at, bytes }));
}

Deno.test("held rows take at most an eighth of the file and one row for each hold", () => {
  const holds = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 50 }),
      bytes: fc.integer({ min: 1, max: 9_000 }),
    }),
    { maxLength: 30 },
  );
  fc.assert(fc.property(holds, (wanted) => {
    const held = createRowHolds(() => true);
    let nextId = 1;
    let bytesHeld = 0;
    for (const { count, bytes } of wanted) {
      const result = held.hold(rowsFrom(nextId, count, bytes), LIMITS);
      ok(result.kind === "held" && result.rows >= 1);
      bytesHeld += result.rows === 1 ? 0 : result.rows * bytes;
      nextId += count;
    }
    ok(bytesHeld <= LIMITS.fileBytesMax / 8, `${bytesHeld} bytes are held`);
  }));
});

Deno.test("rows that are held when they are read leave room in the share, and stop at a held row", () => {
  const pages = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 30 });
  fc.assert(fc.property(pages, fc.integer({ min: 1, max: 9_000 }), (counts, bytes) => {
    const held = createRowHolds(() => true);
    let nextId = 1;
    let rowsHeld = 0;
    for (const count of counts) {
      const rows = rowsFrom(nextId, count, bytes);
      const taken = held.holdRead(rows, LIMITS);
      deepStrictEqual(
        rows.map(({ id }) => held.isHeld(id)),
        rows.map((_, at) => at < taken),
      );
      rowsHeld += taken;
      nextId += count;
    }
    ok(rowsHeld * bytes < LIMITS.fileBytesMax / 8);
  }));
  const held = createRowHolds(() => true);
  held.hold(rowsFrom(4, 1), LIMITS);
  strictEqual(held.holdRead(rowsFrom(1, 6), LIMITS), 3);
  strictEqual(held.isHeld(5), false);
});

Deno.test("a batch that is held already is held whole again", () => {
  const held = createRowHolds(() => true);
  const batch = rowsFrom(1, 10);
  deepStrictEqual(held.hold(batch, LIMITS), { kind: "held", rows: 10 });
  held.hold(rowsFrom(100, 1_000), LIMITS);
  deepStrictEqual(held.hold(batch, LIMITS), { kind: "held", rows: 10 });
});

Deno.test("hold() names the rows that were evicted, and holds none of the others", () => {
  const stored = new Set([4, 5, 6, 7]);
  const held = createRowHolds((id) => stored.has(id));
  const lost = { kind: "lost", evicted: [3, 5], deadLetters: [], lost: [] } as const;
  held.apply(lost);
  stored.delete(5);
  deepStrictEqual(held.hold(rowsFrom(3, 5), LIMITS), { kind: "evicted", ids: [3, 5] });
  strictEqual(held.isHeld(4), false);
});

Deno.test("a delivered row stays held until it is deleted, and takes no share", () => {
  const held = createRowHolds(() => true);
  const share = rowsFrom(1, 1, LIMITS.fileBytesMax / 8);
  held.hold(share, LIMITS);
  strictEqual(heldOf(held.hold(rowsFrom(10, 5), LIMITS)), 1);
  held.settle([1]);
  held.release([1]);
  ok(held.isHeld(1));
  strictEqual(heldOf(held.hold(rowsFrom(20, 5), LIMITS)), 5);
  held.apply({ kind: "delivered", ids: [1], rows: 1 });
  ok(!held.isHeld(1));
});

Deno.test("released rows can be evicted", () => {
  const held = createRowHolds(() => true);
  held.hold(rowsFrom(1, 3), LIMITS);
  held.release([1, 2]);
  deepStrictEqual([1, 2, 3].map(held.isHeld), [false, false, true]);
});

function heldOf(result: ReturnType<ReturnType<typeof createRowHolds>["hold"]>): number {
  return result.kind === "held" ? result.rows : 0;
}
