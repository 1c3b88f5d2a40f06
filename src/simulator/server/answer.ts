/**
 * From request bytes to answer bytes, faults included.
 *
 * @module
 */

import type { ImageAnswer, ImageRequest } from "../device_image.ts";
import { exceptionPdu, type Frame, registersPdu, wrapPdu } from "./mbap.ts";
import type { ServerFault } from "./server_faults.ts";

/**
 * Reads a request frame. A count of 0 stands for a request that is no read of
 * 5 bytes: it is refused as such.
 */
export function parseRequest({ unitId, pdu }: Frame): ImageRequest {
  const view = new DataView(pdu.buffer, pdu.byteOffset, pdu.byteLength);
  const functionCode = view.getUint8(0);
  if (pdu.length !== 5) return { unitId, functionCode, address: 0, count: 0 };
  return {
    unitId,
    functionCode,
    address: view.getUint16(1),
    count: view.getUint16(3),
  };
}

/** The bytes that answer a frame, damaged as the fault wants. */
export function answerBytes(
  { transactionId, unitId, pdu: asked }: Frame,
  answer: ImageAnswer,
  fault: ServerFault | undefined,
): Uint8Array {
  const functionCode = asked[0] ?? 0;
  const pdu = answer.ok
    ? registersPdu(functionCode, answer.registers)
    : exceptionPdu(functionCode, answer.code);
  switch (fault?.kind) {
    case "wrong-transaction":
      return wrapPdu((transactionId + 1) & 0xffff, unitId, pdu);
    case "wrong-unit":
      return wrapPdu(transactionId, (unitId + 1) & 0xff, pdu);
    case "wrong-function":
      return wrapPdu(
        transactionId,
        unitId,
        pdu.map((byte, at) => at ? byte : byte ^ 7),
      );
    case "short-answer":
      return wrapPdu(
        transactionId,
        unitId,
        pdu.slice(0, -2).map((byte, at) => at === 1 ? byte - 2 : byte),
      );
    case "truncated-frame":
      return wrapPdu(transactionId, unitId, pdu).slice(0, -1);
    default:
      return wrapPdu(transactionId, unitId, pdu);
  }
}
