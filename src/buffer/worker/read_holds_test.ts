import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { StoredRow } from "../buffer.ts";
import { createReadHolds } from "./read_holds.ts";

function rowsOf(...ids: readonly number[]): StoredRow[] {
  const payload = new Uint8Array(1);
  return ids.map((id) => ({
    ...{ id, topic: "t", key: "k", payload, createdAtMs: id, retryCount: 0 },
  }));
}

Deno.test("take() removes the held rows before the first one that is not held", () => {
  const holds = createReadHolds();
  holds.add(rowsOf(1, 2, 4, 5));
  strictEqual(holds.take(rowsOf(1, 2, 3, 4)), 2);
  strictEqual(holds.take(rowsOf(1, 2)), 0, "they are about to be sent");
  deepStrictEqual(holds.clear(), [4, 5]);
});

Deno.test("rows that are about to be sent are not released with the others", () => {
  const holds = createReadHolds();
  holds.add(rowsOf(1, 2, 3, 4));
  holds.take(rowsOf(1, 2));
  deepStrictEqual(holds.remove([2, 3]), [3]);
  deepStrictEqual(holds.clear(), [4]);
  deepStrictEqual(holds.clear(), []);
});
