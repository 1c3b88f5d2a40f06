import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  createFrameValidator,
  type FrameResult,
  type FrameValidator,
  STALE_FRAMES_MAX,
} from "./frame_validator.ts";
import type { ReadRequest } from "./reader.ts";

const REQUEST: ReadRequest = {
  unitId: 7,
  functionCode: 3,
  address: 40_000,
  count: 2,
  timeoutMs: 1_000,
};

Deno.test("received() recognises the response, however TCP splits it", () => {
  fc.assert(fc.property(anyRequest(), fc.nat(255), fc.nat(300), (request, id, cut) => {
    const validator = validatorAfter(request, id);
    const frame = answerFrame(request, id);
    const at = cut % frame.length;
    const first = validator.received(frame.subarray(0, at));
    strictEqual(first.kind, "waiting");
    strictEqual(validator.received(frame.subarray(at)).kind, "answer");
  }));
});

Deno.test("received() returns the same result, however TCP splits the bytes", () => {
  fc.assert(
    fc.property(almostAnswer(), fc.array(fc.integer({ min: 1, max: 9 })), (
      bytes,
      cuts,
    ) => {
      const whole = validatorAfter(REQUEST, 5).received(bytes);
      const pieces = receiveInPieces(validatorAfter(REQUEST, 5), bytes, cuts);
      // A response followed by invalid bytes in the same segment is refused.
      if (whole.kind !== "fault" || pieces.kind === "waiting") {
        strictEqual(pieces.kind, whole.kind);
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("received() accepts only the one valid frame as the response", () => {
  fc.assert(
    fc.property(almostAnswer(), (bytes) => {
      const result = validatorAfter(REQUEST, 5).received(bytes);
      if (result.kind !== "answer") return;
      deepStrictEqual(
        bytes.subarray(0, 9),
        Uint8Array.of(0, 5, 0, 0, 0, 7, 7, 3, 4),
      );
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("checkRequest() accepts only the requested read", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 14 }), (bytes) => {
      ok(createFrameValidator().checkRequest(bytes, REQUEST) !== undefined);
    }),
  );
  for (let code = 0; code < 256; code++) {
    const frame = requestFrame(REQUEST, 5);
    frame[7] = code;
    const wrong = createFrameValidator().checkRequest(frame, REQUEST);
    strictEqual(wrong === undefined, code === 3, `function code ${code}`);
  }
});

Deno.test("received() skips a few duplicate responses and refuses a flood of them", () => {
  const validator = validatorAfter(REQUEST, 5);
  const frame = answerFrame(REQUEST, 5);
  strictEqual(validator.received(frame).kind, "answer");
  strictEqual(validator.checkRequest(requestFrame(REQUEST, 6), REQUEST), undefined);
  for (let duplicates = 0; duplicates < STALE_FRAMES_MAX; duplicates++) {
    strictEqual(validator.received(frame).kind, "waiting");
  }
  strictEqual(validator.received(frame).kind, "fault");
});

Deno.test("received() refuses bytes before the first request", () => {
  strictEqual(createFrameValidator().received(answerFrame(REQUEST, 0)).kind, "fault");
});

function validatorAfter(request: ReadRequest, id: number): FrameValidator {
  const validator = createFrameValidator();
  strictEqual(validator.checkRequest(requestFrame(request, id), request), undefined);
  return validator;
}

function requestFrame(request: ReadRequest, id: number): Uint8Array {
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

function answerFrame(request: ReadRequest, id: number): Uint8Array {
  const frame = new Uint8Array(9 + 2 * request.count);
  const view = new DataView(frame.buffer);
  view.setUint16(0, id);
  view.setUint16(4, 3 + 2 * request.count);
  view.setUint8(6, request.unitId);
  view.setUint8(7, request.functionCode);
  view.setUint8(8, 2 * request.count);
  return frame;
}

function receiveInPieces(
  validator: FrameValidator,
  bytes: Uint8Array,
  cuts: readonly number[],
): FrameResult {
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    const result = validator.received(bytes.subarray(at, at + cut));
    at += cut;
    if (result.kind !== "waiting" || at >= bytes.length) return result;
  }
  return { kind: "waiting" };
}

/** The valid response with a few bytes changed, truncated, and followed by other bytes. */
function almostAnswer(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(
    fc.array(fc.tuple(fc.nat(12), fc.nat(255)), { maxLength: 3 }),
    fc.uint8Array({ maxLength: 4 }),
    fc.nat(13),
  ).map(([changes, tail, length]) => {
    const frame = answerFrame(REQUEST, 5);
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
