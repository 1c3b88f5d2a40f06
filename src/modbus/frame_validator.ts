/**
 * Validates the bytes of one connection in both directions: only the requested read is
 * sent, and only the response to that read is accepted. Pure; it does not own a socket.
 *
 * Layout of a frame (big-endian), Modbus Messaging on TCP/IP 1.0b, 3.1.3:
 *
 * | offset | size | field                                                 |
 * | ------ | ---- | ----------------------------------------------------- |
 * | 0      | 2    | transaction id, echoed by the device                  |
 * | 2      | 2    | protocol id, always 0                                 |
 * | 4      | 2    | length: number of bytes that follow, with the unit id |
 * | 6      | 1    | unit id                                               |
 * | 7      | 1    | function code; an exception adds 0x80                 |
 * | 8      | n    | byte count and registers, or the exception code       |
 *
 * @module
 */

import type { ReadRequest } from "./reader.ts";

/**
 * Maximum number of responses to earlier requests that are skipped per request: some
 * gateways answer twice.
 */
export const STALE_FRAMES_MAX = 8;

const HEADER_SIZE = 6;
const LENGTH_MIN = 3;
const LENGTH_MAX = 254;
const EXCEPTION_LENGTH = 3;
const EXCEPTION_BIT = 0x80;

/** The result of validating received bytes. */
export type FrameResult =
  /** The frame is incomplete, or was skipped. */
  | { readonly kind: "waiting" }
  /** The response to the current request is complete and valid. */
  | {
    readonly kind: "answer";
    /** The whole frame. It refers to the caller's buffer and must be used at once. */
    readonly frame: Uint8Array;
  }
  /** The device answered the current request with an exception. */
  | { readonly kind: "exception"; readonly code: number }
  /** The bytes are not valid; the connection must be closed. */
  | { readonly kind: "fault"; readonly detail: string };

/** The validator of one connection. */
export interface FrameValidator {
  /**
   * Checks the frame that is about to be sent for `request`.
   *
   * @returns why it must not be sent; undefined = it is the requested read.
   */
  checkRequest(frame: Uint8Array, request: ReadRequest): string | undefined;
  /** Validates received bytes. TCP may split frames or join them. */
  received(bytes: Uint8Array): FrameResult;
}

interface Expected {
  readonly transactionId: number;
  readonly request: ReadRequest;
}

/** The result of the first frame of a buffer and the size of that frame; undefined = incomplete. */
type FirstFrame =
  | { readonly result: FrameResult; readonly size: number }
  | undefined;

const WAITING: FrameResult = { kind: "waiting" };
const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * Makes the validator of a new connection.
 *
 * @param echoes false: responses have a different transaction id than their requests. A response
 * is then recognised by unit, function and length only, and bytes received without a
 * request in progress are a fault.
 */
export function createFrameValidator(echoes = true): FrameValidator {
  const answered = new Set<number>();
  let expected: Expected | undefined;
  let rest = NO_BYTES;
  let stale = 0;

  function firstFrame(bytes: Uint8Array): FirstFrame {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const detail = headerFault(view);
    if (detail !== undefined) return faultyFrame(detail);
    if (bytes.length < HEADER_SIZE) return undefined;
    const transactionId = view.getUint16(0);
    const size = HEADER_SIZE + view.getUint16(4);
    if (!echoes) return firstUnnumbered(view, bytes, size);
    if (transactionId !== expected?.transactionId) {
      if (!answered.has(transactionId)) {
        return faultyFrame(
          describeUnexpected(transactionId, bytes.subarray(0, size), expected),
        );
      }
      if (bytes.length < size) return undefined;
      if (++stale > STALE_FRAMES_MAX) {
        return faultyFrame(
          `more than ${STALE_FRAMES_MAX} responses to earlier requests`,
        );
      }
      return { result: WAITING, size };
    }
    const result = classifyFrame(bytes.subarray(0, size), expected.request);
    if (result.kind === "fault") return { result, size: bytes.length };
    if (bytes.length < size) return undefined;
    answered.add(transactionId);
    expected = undefined;
    return { result, size };
  }

  /** Like {@linkcode firstFrame}, without a transaction id; inserts the one that was sent. */
  function firstUnnumbered(
    view: DataView,
    bytes: Uint8Array,
    size: number,
  ): FirstFrame {
    if (expected === undefined) {
      return faultyFrame("a response without a request in progress");
    }
    const { transactionId, request } = expected;
    const result = classifyFrame(bytes.subarray(0, size), request);
    if (result.kind === "fault") return { result, size: bytes.length };
    if (bytes.length < size) return undefined;
    view.setUint16(0, transactionId);
    expected = undefined;
    return { result, size };
  }

  return {
    checkRequest(frame, request) {
      const detail = requestFault(frame, request);
      if (detail !== undefined) return detail;
      const transactionId = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
      answered.delete(transactionId);
      expected = { transactionId, request };
      stale = 0;
      return undefined;
    },
    received(bytes) {
      let buffer = join(rest, bytes);
      let outcome: FrameResult = WAITING;
      while (buffer.length > 0) {
        const first = firstFrame(buffer);
        if (first === undefined) break;
        buffer = buffer.subarray(first.size);
        // A response that is followed by invalid bytes is not accepted either.
        if (first.result.kind === "fault") return first.result;
        if (first.result.kind !== "waiting") outcome = first.result;
      }
      rest = buffer.length === 0 ? NO_BYTES : buffer.slice();
      return outcome;
    },
  };
}

/** Describes a response with an unexpected transaction id; hints at a gateway without echo. */
function describeUnexpected(
  transactionId: number,
  frame: Uint8Array,
  expected: Expected | undefined,
): string {
  const detail =
    `a response with transaction id ${transactionId}, which no request used`;
  const fits = expected !== undefined && frame.length > HEADER_SIZE + LENGTH_MIN &&
    classifyFrame(frame, expected.request).kind === "answer";
  return fits
    ? `${detail}; it matches otherwise: if all responses do so, the gateway does not echo ` +
      "transaction ids; set echoes_transaction_id = false"
    : detail;
}

/** Describes what is not valid in the received part of the header; undefined = nothing. */
function headerFault(view: DataView): string | undefined {
  if (view.byteLength >= 4) {
    const protocolId = view.getUint16(2);
    if (protocolId !== 0) return `protocol id ${protocolId}; expected 0`;
  } else if (view.byteLength === 3 && view.getUint8(2) !== 0) {
    return "protocol id is not 0";
  }
  if (view.byteLength < HEADER_SIZE) return undefined;
  const length = view.getUint16(4);
  return length < LENGTH_MIN || length > LENGTH_MAX
    ? `length ${length}; expected ${LENGTH_MIN}..${LENGTH_MAX}`
    : undefined;
}

/** Classifies the received part of a frame; the caller checks that it is complete. */
function classifyFrame(frame: Uint8Array, request: ReadRequest): FrameResult {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const length = view.getUint16(4);
  const answerLength = 3 + 2 * request.count;
  if (view.byteLength > 6 && view.getUint8(6) !== request.unitId) {
    return fault(`response from unit ${view.getUint8(6)}; expected ${request.unitId}`);
  }
  if (view.byteLength <= 7) return { kind: "answer", frame };
  const code = view.getUint8(7);
  if (code === (request.functionCode | EXCEPTION_BIT)) {
    if (length !== EXCEPTION_LENGTH) {
      return fault(
        `exception response of length ${length}; expected ${EXCEPTION_LENGTH}`,
      );
    }
    return { kind: "exception", code: view.byteLength > 8 ? view.getUint8(8) : 0 };
  }
  if (code !== request.functionCode) {
    return fault(`function code ${code}; expected ${request.functionCode}`);
  }
  if (length !== answerLength) {
    return fault(`length ${length}; expected ${answerLength}`);
  }
  if (view.byteLength > 8 && view.getUint8(8) !== 2 * request.count) {
    return fault(`byte count ${view.getUint8(8)}; expected ${2 * request.count}`);
  }
  return { kind: "answer", frame };
}

/** Checks that a frame is the only kind that may be sent: 12 bytes, function code 3 or 4. */
function requestFault(frame: Uint8Array, request: ReadRequest): string | undefined {
  const code = frame[7];
  if (code !== 3 && code !== 4) return `function code ${code}; expected 3 or 4`;
  if (frame.length !== 12) return `frame of ${frame.length} bytes; expected 12`;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const same = code === request.functionCode && frame[6] === request.unitId &&
    view.getUint16(2) === 0 && view.getUint16(4) === 6 &&
    view.getUint16(8) === request.address && view.getUint16(10) === request.count;
  return same ? undefined : "the frame is not the requested read";
}

function faultyFrame(detail: string): FirstFrame {
  return { result: fault(detail), size: 0 };
}

function fault(detail: string): FrameResult {
  return { kind: "fault", detail };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
