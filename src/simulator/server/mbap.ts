/**
 * Server side of Modbus TCP framing. It shares no code with the Modbus client of
 * this program, so that each is a test of the other. Pure.
 *
 * Source: Modbus Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3 (MBAP
 * header), and Modbus Application Protocol 1.1b3, 6.3, 6.4 and 7.
 *
 * @module
 */

/** Size of the MBAP header up to and including the length field, in bytes. */
const PREFIX_BYTES = 6;
/** Limit of the length field: a PDU of at most 253 bytes and the unit id. */
const LENGTH_MAX = 254;

/** One request frame. */
export interface RequestFrame {
  readonly transactionId: number;
  readonly unitId: number;
  /** Function code and data. */
  readonly pdu: Uint8Array;
}

/** Splits a byte stream into frames. */
export interface Framer {
  /**
   * Adds bytes and returns the frames they complete; `undefined` once the stream is
   * not Modbus, because the next frame cannot be found then.
   */
  push(bytes: Uint8Array): RequestFrame[] | undefined;
}

/** Creates a framer; between two calls it keeps less than one frame. */
export function createFramer(): Framer {
  let rest = new Uint8Array(0);
  return {
    push(bytes) {
      const joined = new Uint8Array(rest.length + bytes.length);
      joined.set(rest);
      joined.set(bytes, rest.length);
      const frames: RequestFrame[] = [];
      let at = 0;
      while (joined.length - at >= PREFIX_BYTES) {
        const view = new DataView(joined.buffer, at);
        const length = view.getUint16(4);
        if (view.getUint16(2) !== 0 || length < 2 || length > LENGTH_MAX) {
          return undefined;
        }
        const end = at + PREFIX_BYTES + length;
        if (joined.length < end) break;
        frames.push({
          transactionId: view.getUint16(0),
          unitId: view.getUint8(6),
          pdu: joined.slice(at + PREFIX_BYTES + 1, end),
        });
        at = end;
      }
      rest = joined.slice(at);
      return frames;
    },
  };
}

/** Wraps a PDU into a frame. */
export function wrapPdu(
  transactionId: number,
  unitId: number,
  pdu: Uint8Array,
): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + 1 + pdu.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, transactionId);
  view.setUint16(4, pdu.length + 1);
  view.setUint8(6, unitId);
  frame.set(pdu, PREFIX_BYTES + 1);
  return frame;
}

/** The response PDU of a read. */
export function registersPdu(functionCode: number, registers: Uint16Array): Uint8Array {
  const pdu = new Uint8Array(2 + 2 * registers.length);
  const view = new DataView(pdu.buffer);
  view.setUint8(0, functionCode);
  view.setUint8(1, 2 * registers.length);
  registers.forEach((register, at) => view.setUint16(2 + 2 * at, register));
  return pdu;
}

/** The PDU of an exception response. */
export function exceptionPdu(functionCode: number, code: number): Uint8Array {
  return Uint8Array.of(functionCode | 0x80, code);
}
