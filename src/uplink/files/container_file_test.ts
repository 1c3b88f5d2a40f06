import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fileName, isFinishedFile, isPartFile, PART_SUFFIX } from "./file_names.ts";
import {
  BLOCK_HEAD_MAX,
  readBlockHead,
  readFileHead,
  readSingleObject,
  writeBlock,
  writeFileHead,
} from "./container_file.ts";

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length });

Deno.test("readFileHead() reverses writeFileHead() and reports a cut head as incomplete", () => {
  fc.assert(fc.property(fc.string(), bytes(16), (schema, sync) => {
    const head = writeFileHead(schema, sync);
    deepStrictEqual(readFileHead(head), { kind: "complete", size: head.length, sync });
    const cut = Math.floor(head.length / 2);
    deepStrictEqual(readFileHead(head.subarray(0, cut)), { kind: "incomplete" });
  }));
});

Deno.test("readBlockHead() reverses writeBlock()", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 40 }),
      fc.uint8Array({ maxLength: 300 }),
      bytes(16),
      (count, data, sync) => {
        const block = writeBlock(count, data, sync);
        const head = readBlockHead(block.subarray(0, BLOCK_HEAD_MAX));
        ok(head.kind === "complete");
        strictEqual(head.count, count);
        strictEqual(head.dataSize, data.length);
        strictEqual(head.size + data.length + 16, block.length);
      },
    ),
  );
});

Deno.test("parsing arbitrary bytes ends and returns no size beyond them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
    const head = readFileHead(noise);
    if (head.kind === "complete") ok(head.size <= noise.length);
    readBlockHead(noise);
    readSingleObject(noise);
  }));
  strictEqual(readBlockHead(new Uint8Array(20)).kind, "invalid");
  strictEqual(readBlockHead(new Uint8Array(20).fill(0xff)).kind, "invalid");
});

Deno.test("readSingleObject() returns fingerprint and body", () => {
  const payload = new Uint8Array([0xc3, 1, 0x8a, 0, 1, 2, 3, 4, 5, 0xff, 42, 43]);
  deepStrictEqual(readSingleObject(payload), {
    fingerprint: "8a000102030405ff",
    body: new Uint8Array([42, 43]),
  });
  strictEqual(readSingleObject(payload.subarray(1)), undefined);
  strictEqual(readSingleObject(payload.subarray(0, 9)), undefined);
});

Deno.test("fileName() of any topic is a plain file name that is recognised", () => {
  fc.assert(fc.property(fc.string(), fc.nat(3), (topic, attempt) => {
    const name = fileName(topic, 1_769_860_800_000, "8a25cc7df5a6bc1f", attempt);
    ok(!name.includes("/") && !name.startsWith(".") && name.length < 200, name);
    ok(isFinishedFile(name) && isPartFile(`${name}${PART_SUFFIX}`));
    ok(!isFinishedFile(`${name}${PART_SUFFIX}`));
  }));
  strictEqual(
    fileName("sunspec.meter", 1_769_860_800_000, "8a25cc7df5a6bc1f", 0),
    "sunspec.meter-20260131T120000000Z-8a25cc7d.avro",
  );
});
