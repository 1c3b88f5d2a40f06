import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import type { NewRow, StoredRow } from "../buffer.ts";
import {
  createRowPacker,
  packNewRows,
  unpackNewRows,
  unpackStoredRows,
} from "./row_codec.ts";

Deno.test("unpackNewRows() reverses packNewRows()", () => {
  fc.assert(fc.property(fc.array(anyNewRow(), { maxLength: 40 }), (rows) => {
    deepStrictEqual(unpackNewRows(packNewRows(rows)), rows);
  }));
});

Deno.test("unpackStoredRows() reverses createRowPacker()", () => {
  const packer = createRowPacker(); // the same one for all
  fc.assert(fc.property(fc.array(anyStoredRow(), { maxLength: 40 }), (rows) => {
    rows.forEach(packer.add);
    deepStrictEqual(unpackStoredRows(packer.pack()), rows);
  }));
});

Deno.test("packNewRows() writes each distinct text once", () => {
  const row = {
    stream: "s".repeat(500),
    topic: "t".repeat(500),
    key: "k".repeat(500),
    epoch: 1,
    seq: 1,
    payload: new Uint8Array(10),
    createdAtMs: 0,
  };
  const one = packNewRows([row]).byteLength;
  const ten = packNewRows(Array<NewRow>(10).fill(row)).byteLength;
  ok(ten - one < 9 * 100, `${one} bytes for one row, ${ten} for ten`);
});

Deno.test("packNewRows() copies the payloads", () => {
  const payload = Uint8Array.of(1, 2, 3);
  const rows = unpackNewRows(packNewRows([{
    stream: "",
    topic: "",
    key: "",
    epoch: 1,
    seq: 1,
    payload,
    createdAtMs: 0,
  }]));
  payload.fill(9);
  deepStrictEqual(rows[0]?.payload, Uint8Array.of(1, 2, 3));
});

Deno.test("packNewRows() throws on a number that is not a safe integer", () => {
  for (const wrong of [NaN, Infinity, 0.5, 2 ** 53]) {
    for (const field of ["epoch", "seq", "createdAtMs"]) {
      const row = {
        stream: "s",
        topic: "t",
        key: "k",
        epoch: 1,
        seq: 1,
        payload: new Uint8Array(),
        createdAtMs: 0,
        [field]: wrong,
      };
      throws(() => packNewRows([row]), { name: "RangeError" });
    }
  }
});

Deno.test("unpackNewRows() of an empty batch returns no rows", () => {
  strictEqual(unpackNewRows(packNewRows([])).length, 0);
});

/** Well-formed texts; few, so that some are equal. */
function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom("", "a", "sunspec.inverter"),
    fc.string({ unit: "grapheme", maxLength: 12 }),
  );
}

function anyNewRow(): fc.Arbitrary<NewRow> {
  const gap = fc.record({
    id: fc.nat(),
    stream: anyText(),
    epoch: fc.maxSafeNat(),
    lastEpoch: fc.nat(),
    records: fc.nat(),
    firstSeq: fc.nat(),
    lastSeq: fc.nat(),
    reason: fc.constantFrom("max_bytes" as const, "corrupt" as const),
  }).map((plain) => ({ ...plain }));
  return fc.record({
    stream: anyText(),
    epoch: fc.maxSafeNat(),
    seq: fc.maxSafeNat(),
    topic: anyText(),
    key: anyText(),
    payload: fc.uint8Array({ maxLength: 300 }),
    createdAtMs: fc.maxSafeInteger(),
  }).chain((row) =>
    fc.option(gap, { nil: undefined }).map((announcesGap) =>
      announcesGap === undefined ? { ...row } : { ...row, announcesGap }
    )
  );
}

function anyStoredRow(): fc.Arbitrary<StoredRow> {
  return fc.record({
    id: fc.maxSafeNat(),
    topic: anyText(),
    key: anyText(),
    payload: fc.uint8Array({ maxLength: 300 }),
    createdAtMs: fc.maxSafeInteger(),
    retryCount: fc.nat(),
  }).map((row) => ({ ...row }));
}
