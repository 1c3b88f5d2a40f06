/**
 * The port through which modbus-serial sends requests and receives answers. It converts
 * between RTU frames, which end with a checksum, and TCP frames, which start with a
 * header. Only complete, validated frames are delivered, so modbus-serial stays in step.
 *
 * TCP frames have no checksum. A delivered frame therefore presents a checksum that
 * modbus-serial finds correct without computing one over the frame.
 *
 * Layouts: Modbus Messaging on TCP/IP 1.0b, 3.1.3; Modbus over Serial Line 1.02, 2.5.1.
 *
 * @module
 */

/** Number of transaction ids that a connection uses. */
export const TRANSACTION_IDS = 256;

const HEADER_SIZE = 6;
const CRC_SIZE = 2;
/** Size of a request to read registers, as a TCP frame. */
const REQUEST_SIZE = 12;

/** The checksum of no bytes. */
const CRC_START = 0xffff;
const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The part of a serial port that modbus-serial's client uses. */
export interface RtuPort {
  readonly isOpen: boolean;
  /**
   * The keys under which modbus-serial keeps the request in progress. They do not change,
   * so each request replaces the one before it.
   */
  _transactionIdRead: number;
  _transactionIdWrite: number;
  open(opened: () => void): void;
  on(event: string, listener: (frame: ReceivedFrame) => void): void;
  once(event: string, listener: () => void): void;
  removeListener(event: string): void;
  write(frame: Uint8Array): void;
  /** Delivers a complete TCP frame; it is processed before this returns. */
  deliver(frame: Uint8Array): void;
}

/** The part of a `Buffer` that modbus-serial uses of a received RTU frame. */
interface ReceivedFrame {
  readonly length: number;
  readUInt8(offset: number): number;
  readUInt16BE(offset: number): number;
  /** Called for the checksum only. */
  readUInt16LE(offset: number): number;
  /** Called for the bytes that the checksum is computed over, and for a copy that is not used. */
  slice(): Uint8Array;
}

/**
 * Makes a port.
 *
 * @param firstTransaction transaction id of the first request.
 * @param send called with each request as a TCP frame, which is valid until the next one.
 */
export function createRtuPort(
  firstTransaction: number,
  send: (frame: Uint8Array) => void,
): RtuPort {
  let receive: ((frame: ReceivedFrame) => void) | undefined;
  let transactionId = firstTransaction;
  let delivered = NO_BYTES;
  const sent = new Uint8Array(REQUEST_SIZE);
  const byteAt = (offset: number): number => delivered[HEADER_SIZE + offset] ?? 0;
  const received: ReceivedFrame = {
    get length() {
      return delivered.length - HEADER_SIZE + CRC_SIZE;
    },
    readUInt8: byteAt,
    readUInt16BE: (offset) => (byteAt(offset) << 8) | byteAt(offset + 1),
    readUInt16LE: () => CRC_START,
    slice: () => NO_BYTES,
  };
  return {
    isOpen: true,
    _transactionIdRead: 0,
    _transactionIdWrite: 0,
    open: (opened) => opened(),
    on(event, listener) {
      if (event === "data") receive = listener;
    },
    // client.ts handles the end of the connection and its errors.
    once() {},
    removeListener() {},
    write(frame) {
      const size = frame.length - CRC_SIZE;
      const request = size === REQUEST_SIZE - HEADER_SIZE
        ? sent
        : new Uint8Array(HEADER_SIZE + size); // not a read: the frame validator rejects it
      request[0] = transactionId >> 8;
      request[1] = transactionId & 0xff;
      request[4] = size >> 8;
      request[5] = size & 0xff;
      for (let at = 0; at < size; at++) request[HEADER_SIZE + at] = frame[at] ?? 0;
      transactionId = (transactionId + 1) % TRANSACTION_IDS;
      send(request);
    },
    deliver(frame) {
      delivered = frame;
      receive?.(received);
      delivered = NO_BYTES;
    },
  };
}
