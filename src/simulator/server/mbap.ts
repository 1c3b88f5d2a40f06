/**
 * The server's side of Modbus TCP framing. It shares nothing with the client
 * of this program, so that the two can prove each other.
 *
 * Source: Modbus Messaging on TCP/IP Implementation Guide 1.0b, 3.1.3 (MBAP
 * header), and Modbus Application Protocol 1.1b3, 6.3, 6.4 and 7.
 *
 * @module
 */

/** Bytes of the MBAP header up to and with the length field. */
const PREFIX_BYTES = 6;
/** A PDU has 253 bytes at most; the length field counts the unit id too. */
const LENGTH_MAX = 254;

/** One request frame. */
export interface Frame {
  readonly transactionId: number;
  readonly unitId: number;
  /** Function code and what follows it. */
  readonly pdu: Uint8Array;
}

/** Cuts a byte stream into frames, whatever pieces it arrives in. */
export interface Framer {
  /**
   * Takes bytes and gives the frames that they complete; `undefined` once the
   * stream is not Modbus (there is no way to find the next frame then).
   */
  push(bytes: Uint8Array): Frame[] | undefined;
}

/** Makes a framer; it holds less than one frame between two calls. */
export function createFramer(): Framer {
  let held = new Uint8Array(0);
  return {
    push(bytes) {
      const joined = new Uint8Array(held.length + bytes.length);
      joined.set(held);
      joined.set(bytes, held.length);
      const frames: Frame[] = [];
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
      held = joined.slice(at);
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

/** The PDU that answers a read. */
export function registersPdu(functionCode: number, registers: Uint16Array): Uint8Array {
  const pdu = new Uint8Array(2 + 2 * registers.length);
  const view = new DataView(pdu.buffer);
  view.setUint8(0, functionCode);
  view.setUint8(1, 2 * registers.length);
  registers.forEach((register, at) => view.setUint16(2 + 2 * at, register));
  return pdu;
}

/** The PDU that says no. */
export function exceptionPdu(functionCode: number, code: number): Uint8Array {
  return Uint8Array.of(functionCode | 0x80, code);
}
