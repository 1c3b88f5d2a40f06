/**
 * Requests and responses of the simulated server as bytes, including injected faults. Pure.
 *
 * @module
 */

import type { ImageRequest, ImageResponse } from "../device_image.ts";
import { exceptionPdu, registersPdu, type RequestFrame, wrapPdu } from "./mbap.ts";
import type { ServerFault } from "./server_faults.ts";

/**
 * Parses a request frame. A request that is not 5 bytes long gets the count 0, which
 * is rejected with exception 3.
 */
export function parseRequest({ unitId, pdu }: RequestFrame): ImageRequest {
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

/** The bytes of the response to a frame, damaged by the fault. */
export function responseBytes(
  { transactionId, unitId, pdu: request }: RequestFrame,
  response: ImageResponse,
  fault: ServerFault | undefined,
): Uint8Array {
  const functionCode = request[0] ?? 0;
  const pdu = response.ok
    ? registersPdu(functionCode, response.registers)
    : exceptionPdu(functionCode, response.code);
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
