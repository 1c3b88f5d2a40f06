import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  createGuard,
  type Guard,
  STALE_FRAMES_MAX,
  type Verdict,
} from "./frame_validator.ts";
import type { ReadRequest } from "./reader.ts";

const REQUEST: ReadRequest = {
  unitId: 7,
  functionCode: 3,
  address: 40_000,
  count: 2,
  timeoutMs: 1_000,
};

Deno.test("the guard knows the answer however TCP cuts it", () => {
  fc.assert(fc.property(anyRequest(), fc.nat(255), fc.nat(300), (request, id, cut) => {
    const guard = asked(request, id);
    const frame = answer(request, id);
    const at = cut % frame.length;
    const first = guard.received(frame.subarray(0, at));
    strictEqual(first.is, "waiting");
    strictEqual(guard.received(frame.subarray(at)).is, "answer");
  }));
});

Deno.test("the guard gives one verdict on the same bytes however TCP cuts them", () => {
  fc.assert(
    fc.property(almostAnswer(), fc.array(fc.integer({ min: 1, max: 9 })), (
      bytes,
      cuts,
    ) => {
      const whole = asked(REQUEST, 5).received(bytes);
      const pieces = inPieces(asked(REQUEST, 5), bytes, cuts);
      // Rubbish in the same piece as an answer takes the answer with it.
      if (whole.is !== "fault" || pieces.is === "waiting") {
        strictEqual(pieces.is, whole.is);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("the guard takes nothing but the one right frame for the answer", () => {
  fc.assert(
    fc.property(almostAnswer(), (bytes) => {
      const verdict = asked(REQUEST, 5).received(bytes);
      if (verdict.is !== "answer") return;
      deepStrictEqual(
        bytes.subarray(0, 9),
        Uint8Array.of(0, 5, 0, 0, 0, 7, 7, 3, 4),
      );
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("the guard lets out only the read that was asked for", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 14 }), (bytes) => {
      ok(createGuard().sent(bytes, REQUEST) !== undefined);
    }),
  );
  for (let code = 0; code < 256; code++) {
    const frame = question(REQUEST, 5);
    frame[7] = code;
    const wrong = createGuard().sent(frame, REQUEST);
    strictEqual(wrong === undefined, code === 3, `function code ${code}`);
  }
});

Deno.test("the guard passes over a few doubled answers and ends a flood of them", () => {
  const guard = asked(REQUEST, 5);
  const frame = answer(REQUEST, 5);
  strictEqual(guard.received(frame).is, "answer");
  strictEqual(guard.sent(question(REQUEST, 6), REQUEST), undefined);
  for (let doubled = 0; doubled < STALE_FRAMES_MAX; doubled++) {
    strictEqual(guard.received(frame).is, "waiting");
  }
  strictEqual(guard.received(frame).is, "fault");
});

Deno.test("the guard faults on bytes that come before anything was asked", () => {
  strictEqual(createGuard().received(answer(REQUEST, 0)).is, "fault");
});

function asked(request: ReadRequest, id: number): Guard {
  const guard = createGuard();
  strictEqual(guard.sent(question(request, id), request), undefined);
  return guard;
}

function question(request: ReadRequest, id: number): Uint8Array {
  const frame = new Uint8Array(12);
  const view = new DataView(frame.buffer);
  view.setUint16(0, id);
  view.setUint16(4, 6);
  view.setUint8(6, request.unitId);
  view.setUint8(7, request.functionCode);
  view.setUint16(8, request.address);
  view.setUint16(10, request.count);
  return frame;
}

function answer(request: ReadRequest, id: number): Uint8Array {
  const frame = new Uint8Array(9 + 2 * request.count);
  const view = new DataView(frame.buffer);
  view.setUint16(0, id);
  view.setUint16(4, 3 + 2 * request.count);
  view.setUint8(6, request.unitId);
  view.setUint8(7, request.functionCode);
  view.setUint8(8, 2 * request.count);
  return frame;
}

function inPieces(guard: Guard, bytes: Uint8Array, cuts: readonly number[]): Verdict {
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    const verdict = guard.received(bytes.subarray(at, at + cut));
    at += cut;
    if (verdict.is !== "waiting" || at >= bytes.length) return verdict;
  }
  return { is: "waiting" };
}

/** The right answer with a few bytes changed, and something behind it. */
function almostAnswer(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(
    fc.array(fc.tuple(fc.nat(12), fc.nat(255)), { maxLength: 3 }),
    fc.uint8Array({ maxLength: 4 }),
    fc.nat(13),
  ).map(([changes, tail, length]) => {
    const frame = answer(REQUEST, 5);
    for (const [at, value] of changes) frame[at] = value;
    return Uint8Array.from([...frame.subarray(0, length), ...tail]);
  });
}

function anyRequest(): fc.Arbitrary<ReadRequest> {
  return fc.record({
    unitId: fc.nat(255),
    functionCode: fc.constantFrom(3 as const, 4 as const),
    address: fc.nat(60_000),
    count: fc.integer({ min: 1, max: 125 }),
    timeoutMs: fc.constant(1_000),
  });
}
