import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createCodec } from "./codec.ts";
import { deviceStateEvent } from "../events.ts";
import { readHead } from "./payload_head.ts";

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
    serial: OPTION,
    firmware: OPTION,
  })),
  epoch: LONG,
  seq: LONG,
}).map((made) => {
  const { gateway, site, deviceId, unitId, identity, epoch, seq } = made;
  const draft = deviceStateEvent(
    { gateway, site, atMs: 0, clockSynced: null },
    { deviceId, unitId, identity },
    { state: "online", previousState: null, reason: null },
  );
  const numbering = { epoch, seq, ["prev_epoch"]: null, ["prev_seq"]: null };
  return {
    head: { gateway, deviceId, epoch, seq },
    payload: codec.encode(draft, numbering),
  };
});

Deno.test("readHead() reads what the codec wrote", () => {
  fc.assert(fc.property(PAYLOAD, ({ head, payload }) => {
    deepStrictEqual(readHead(payload), head);
  }));
});

Deno.test("readHead() gives a head or undefined on any bytes, and never throws", () => {
  const header = Uint8Array.of(0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0);
  let heads = 0;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60, size: "max" }),
      fc.boolean(),
      (bytes, small) => {
        const body = small ? bytes.map((byte) => byte % 2 * 2) : bytes; // 0: null or empty, 2: one byte
        const head = readHead(Uint8Array.of(...header, ...body));
        if (head === undefined) return;
        heads++;
        ok(Number.isSafeInteger(head.epoch) && Number.isSafeInteger(head.seq));
      },
    ),
    { numRuns: 5_000, seed: 1 },
  );
  ok(heads > 50, `only ${heads} bodies had a head`);
});

Deno.test("a payload that is cut, or whose bytes change, never makes readHead() throw", () => {
  fc.assert(fc.property(
    PAYLOAD,
    fc.nat(),
    fc.nat(255),
    ({ payload }, where, byte) => {
      const at = where % payload.length;
      readHead(payload.subarray(0, at));
      readHead(payload.with(at, byte));
    },
  ));
});

Deno.test("what is no single-object encoding has no head", () => {
  for (const bytes of [[], [0xc3], [0, 0, 0, 0, 1], [0x4f, 0x62, 0x6a, 1]]) {
    strictEqual(readHead(Uint8Array.from(bytes)), undefined);
  }
});
