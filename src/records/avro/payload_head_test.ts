import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createCodec } from "./codec.ts";
import { deviceStateEvent } from "../events.ts";
import { readRecordHead } from "./payload_head.ts";

const codec = createCodec();
const LONG = fc.integer({ min: 0, max: 2 ** 52 - 1 });
const TEXT = fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("\ufeffx"));
const OPTION = fc.option(TEXT);

const PAYLOAD = fc.record({
  gateway: TEXT,
  site: OPTION,
  deviceId: TEXT,
  unitId: fc.option(fc.nat(255)),
  identity: fc.option(fc.record({
    manufacturer: OPTION,
    model: OPTION,
    options: OPTION,
    serial: OPTION,
    firmware: OPTION,
  })),
  epoch: LONG,
  seq: LONG,
  previous: fc.option(
    fc.record({ epoch: LONG, seq: LONG }, { noNullPrototype: true }),
    { nil: undefined },
  ),
}).map((made) => {
  const { gateway, site, deviceId, unitId, identity, epoch, seq, previous } = made;
  const draft = deviceStateEvent(
    { gateway, site, atMs: 0, clockSynced: null },
    { deviceId, unitId, identity },
    { state: "online", previousState: null, reason: null },
  );
  const position = {
    ...{ epoch, seq },
    ["prev_epoch"]: previous?.epoch ?? null,
    ["prev_seq"]: previous?.seq ?? null,
  };
  return {
    head: { gateway, deviceId, epoch, seq, previous },
    payload: codec.encode(draft, position),
  };
});

Deno.test("readRecordHead() reads the head of every encoded payload", () => {
  fc.assert(fc.property(PAYLOAD, ({ head, payload }) => {
    deepStrictEqual(readRecordHead(payload), head);
  }));
});

Deno.test("readRecordHead() returns a head or undefined for any bytes, and never throws", () => {
  const header = Uint8Array.of(0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0);
  let heads = 0;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60, size: "max" }),
      fc.boolean(),
      (bytes, small) => {
        const body = small ? bytes.map((byte) => byte % 2 * 2) : bytes; // 0: null or empty, 2: one byte
        const head = readRecordHead(Uint8Array.of(...header, ...body));
        if (head === undefined) return;
        heads++;
        ok(Number.isSafeInteger(head.epoch) && Number.isSafeInteger(head.seq));
      },
    ),
    { numRuns: 5_000, seed: 1 },
  );
  ok(heads > 50, `only ${heads} bodies had a head`);
});

Deno.test("readRecordHead() does not throw on a truncated or changed payload", () => {
  fc.assert(fc.property(
    PAYLOAD,
    fc.nat(),
    fc.nat(255),
    ({ payload }, where, byte) => {
      const at = where % payload.length;
      readRecordHead(payload.subarray(0, at));
      readRecordHead(payload.with(at, byte));
    },
  ));
});

Deno.test("readRecordHead() returns undefined without single-object encoding", () => {
  for (const bytes of [[], [0xc3], [0, 0, 0, 0, 1], [0x4f, 0x62, 0x6a, 1]]) {
    strictEqual(readRecordHead(Uint8Array.from(bytes)), undefined);
  }
});
