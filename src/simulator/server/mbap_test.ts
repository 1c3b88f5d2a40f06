import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createFramer, type RequestFrame, wrapPdu } from "./mbap.ts";

const aFrame = fc.record({
  transactionId: fc.nat(0xffff),
  unitId: fc.nat(0xff),
  pdu: fc.uint8Array({ minLength: 1, maxLength: 253 }),
}, { noNullPrototype: true });

Deno.test("createFramer() returns the same frames for any split of the bytes", () => {
  fc.assert(fc.property(
    fc.array(aFrame, { maxLength: 5 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
    (frames, cuts) => {
      const bytes = join(
        frames.map((frame) => wrapPdu(frame.transactionId, frame.unitId, frame.pdu)),
      );
      const framer = createFramer();
      const got: RequestFrame[] = [];
      let at = 0;
      for (let turn = 0; at < bytes.length; turn++) {
        const end = at + (cuts[turn % cuts.length] ?? 1);
        got.push(...framer.push(bytes.slice(at, end)) ?? []);
        at = end;
      }
      deepStrictEqual(got, frames);
    },
  ));
});

Deno.test("createFramer() rejects a wrong protocol id or length", () => {
  for (
    const header of [
      [0, 1, 0, 1, 0, 6, 1],
      [0, 1, 0, 0, 0, 0, 1],
      [0, 1, 0, 0, 0, 1, 1],
      [0, 1, 0, 0, 0, 255, 1],
      [0, 1, 0, 0, 1, 6, 1],
    ]
  ) {
    strictEqual(createFramer().push(Uint8Array.from(header)), undefined);
  }
});

Deno.test("wrapPdu() writes the example of the Modbus guide", () => {
  deepStrictEqual(
    wrapPdu(0x1501, 0xff, Uint8Array.of(0x03, 0x00, 0x04, 0x00, 0x01)),
    Uint8Array.of(0x15, 0x01, 0, 0, 0, 6, 0xff, 0x03, 0x00, 0x04, 0x00, 0x01),
  );
});

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
