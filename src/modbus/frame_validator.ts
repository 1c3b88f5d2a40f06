/**
 * Watches the bytes of one connection in both directions, so that nothing but
 * a read leaves and nothing but the answer to that read is taken for it.
 * Pure: it owns no socket.
 *
 * Layout of a frame (big-endian), Modbus Messaging on TCP/IP 1.0b, 3.1.3:
 *
 * | offset | size | field                                                 |
 * | ------ | ---- | ----------------------------------------------------- |
 * | 0      | 2    | transaction id, echoed by the device                  |
 * | 2      | 2    | protocol id, always 0                                 |
 * | 4      | 2    | length: bytes that follow, unit id included           |
 * | 6      | 1    | unit id                                               |
 * | 7      | 1    | function code; 0x80 is added for an exception         |
 * | 8      | n    | byte count and registers, or the exception's code     |
 *
 * @module
 */

import type { ReadRequest } from "./reader.ts";

/**
 * How many answers to earlier requests (some gateways answer twice) are passed
 * over for one request; one more is a fault.
 */
export const STALE_FRAMES_MAX = 8;

const HEADER_SIZE = 6;
const LENGTH_MIN = 3;
const LENGTH_MAX = 254;
const EXCEPTION_LENGTH = 3;
const EXCEPTION_BIT = 0x80;

/** What the bytes so far amount to. */
export type Verdict =
  /** Nothing to act on: more bytes must come. */
  | { readonly is: "waiting" }
  /** The answer to the request under way is complete and well-formed. */
  | {
    readonly is: "answer";
    /** The whole frame; the memory is the reader's, so it is to be used at once. */
    readonly frame: Uint8Array;
  }
  /** The device refused the request under way. */
  | { readonly is: "exception"; readonly code: number }
  /** No continuation can be right: the connection must go. */
  | { readonly is: "fault"; readonly detail: string };

/** The watch over one connection. */
export interface Guard {
  /**
   * Looks at the frame that is about to leave for `request`.
   *
   * @returns why it must not leave; undefined if it is the read that was asked for.
   */
  sent(frame: Uint8Array, request: ReadRequest): string | undefined;
  /** Looks at bytes that came in, however TCP cut them. */
  received(bytes: Uint8Array): Verdict;
}

interface Expected {
  readonly transactionId: number;
  readonly request: ReadRequest;
}

/** A frame's outcome, and the bytes it used. */
type Taken =
  | { readonly verdict: Verdict; readonly used: number }
  | undefined;

const WAITING: Verdict = { is: "waiting" };
const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Makes the watch over a new connection.
 *
 * @param echoes false: answers carry another transaction id than their requests.
 * Then unit, function and length alone vouch for an answer, and whatever comes
 * while nothing is asked is a fault.
 */
export function createGuard(echoes = true): Guard {
  const answered = new Set<number>();
  let expected: Expected | undefined;
  let rest = NOTHING;
  let stale = 0;

  function take(bytes: Uint8Array): Taken {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const detail = headerFault(view);
    if (detail !== undefined) return fault(detail);
    if (bytes.length < HEADER_SIZE) return undefined;
    const transactionId = view.getUint16(0);
    const used = HEADER_SIZE + view.getUint16(4);
    if (!echoes) return takeUnnumbered(view, bytes, used);
    if (transactionId !== expected?.transactionId) {
      if (!answered.has(transactionId)) {
        return fault(strange(transactionId, bytes.subarray(0, used), expected));
      }
      if (bytes.length < used) return undefined;
      if (++stale > STALE_FRAMES_MAX) return fault("a flood of old answers");
      return { verdict: WAITING, used };
    }
    const verdict = judge(bytes.subarray(0, used), expected.request);
    if (verdict.is === "fault") return { verdict, used: bytes.length };
    if (bytes.length < used) return undefined;
    answered.add(transactionId);
    expected = undefined;
    return { verdict, used };
  }

  /** The same without a transaction id to go by; the frame gets the one that was sent. */
  function takeUnnumbered(view: DataView, bytes: Uint8Array, used: number): Taken {
    if (expected === undefined) return fault("an answer, while nothing was asked");
    const { transactionId, request } = expected;
    const verdict = judge(bytes.subarray(0, used), request);
    if (verdict.is === "fault") return { verdict, used: bytes.length };
    if (bytes.length < used) return undefined;
    view.setUint16(0, transactionId);
    expected = undefined;
    return { verdict, used };
  }

  return {
    sent(frame, request) {
      const wrong = notTheRead(frame, request);
      if (wrong !== undefined) return wrong;
      const transactionId = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
      answered.delete(transactionId);
      expected = { transactionId, request };
      stale = 0;
      return undefined;
    },
    received(bytes) {
      let buffer = join(rest, bytes);
      let outcome: Verdict = WAITING;
      while (buffer.length > 0) {
        const taken = take(buffer);
        if (taken === undefined) break;
        buffer = buffer.subarray(taken.used);
        // An answer with rubbish right behind it is not trusted either.
        if (taken.verdict.is === "fault") return taken.verdict;
        if (taken.verdict.is !== "waiting") outcome = taken.verdict;
      }
      rest = buffer.length === 0 ? NOTHING : buffer.slice();
      return outcome;
    },
  };
}

/** An answer to another transaction; one that fits otherwise may come from a gateway of that kind. */
function strange(
  transactionId: number,
  frame: Uint8Array,
  expected: Expected | undefined,
): string {
  const what = `an answer to transaction ${transactionId}, which was not asked`;
  const fits = expected !== undefined && frame.length > HEADER_SIZE + LENGTH_MIN &&
    judge(frame, expected.request).is === "answer";
  return fits
    ? `${what}; it fits otherwise: if every answer does so, the gateway echoes no ` +
      "transaction id, and echoes_transaction_id = false reads it all the same"
    : what;
}

/** What is wrong with as much of the header as there is. */
function headerFault(view: DataView): string | undefined {
  if (view.byteLength >= 4) {
    const protocolId = view.getUint16(2);
    if (protocolId !== 0) return `protocol id ${protocolId}, must be 0`;
  } else if (view.byteLength === 3 && view.getUint8(2) !== 0) {
    return "protocol id is not 0";
  }
  if (view.byteLength < HEADER_SIZE) return undefined;
  const length = view.getUint16(4);
  return length < LENGTH_MIN || length > LENGTH_MAX
    ? `length ${length}, must be ${LENGTH_MIN}..${LENGTH_MAX}`
    : undefined;
}

/** What as much of the frame as there is says; `answer` is meant once it is whole. */
function judge(frame: Uint8Array, request: ReadRequest): Verdict {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const length = view.getUint16(4);
  const answerLength = 3 + 2 * request.count;
  if (view.byteLength > 6 && view.getUint8(6) !== request.unitId) {
    return broken(`unit ${view.getUint8(6)} answers for unit ${request.unitId}`);
  }
  if (view.byteLength <= 7) return { is: "answer", frame };
  const code = view.getUint8(7);
  if (code === (request.functionCode | EXCEPTION_BIT)) {
    if (length !== EXCEPTION_LENGTH) return broken(`an exception of length ${length}`);
    return { is: "exception", code: view.byteLength > 8 ? view.getUint8(8) : 0 };
  }
  if (code !== request.functionCode) {
    return broken(`function ${code} answers function ${request.functionCode}`);
  }
  if (length !== answerLength) {
    return broken(`length ${length}, must be ${answerLength}`);
  }
  if (view.byteLength > 8 && view.getUint8(8) !== 2 * request.count) {
    return broken(`byte count ${view.getUint8(8)}, must be ${2 * request.count}`);
  }
  return { is: "answer", frame };
}

/** The one form of frame that may leave: 12 bytes, function code 3 or 4. */
function notTheRead(frame: Uint8Array, request: ReadRequest): string | undefined {
  const code = frame[7];
  if (code !== 3 && code !== 4) return `function code ${code} never leaves`;
  if (frame.length !== 12) return `a frame of ${frame.length} bytes is no read`;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const same = code === request.functionCode && frame[6] === request.unitId &&
    view.getUint16(2) === 0 && view.getUint16(4) === 6 &&
    view.getUint16(8) === request.address && view.getUint16(10) === request.count;
  return same ? undefined : "the frame is not the read that was asked for";
}

function fault(detail: string): Taken {
  return { verdict: broken(detail), used: 0 };
}

function broken(detail: string): Verdict {
  return { is: "fault", detail };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
