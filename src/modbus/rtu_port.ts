/**
 * The port through which modbus-serial sends requests and receives answers. It converts
 * between RTU frames, which end with a checksum, and TCP frames, which start with a
 * header. Only complete frames are delivered, so modbus-serial stays in step.
 *
 * Layouts: Modbus Messaging on TCP/IP 1.0b, 3.1.3; Modbus over Serial Line 1.02, 2.5.1.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** Number of transaction ids that modbus-serial uses. */
export const TRANSACTION_IDS = 256;

const HEADER_SIZE = 6;
const CRC_SIZE = 2;
const CRC_START = 0xffff;
const CRC_POLYNOMIAL = 0xa001;

/** The part of a serial port that modbus-serial's client uses. */
export interface RtuPort {
  readonly isOpen: boolean;
  /** Transaction id of the response that is being delivered. */
  _transactionIdRead: number;
  /** Transaction id of the next request. */
  _transactionIdWrite: number;
  open(opened: () => void): void;
  on(event: string, listener: (frame: Buffer) => void): void;
  once(event: string, listener: () => void): void;
  removeListener(event: string): void;
  write(frame: Uint8Array): void;
  /** Delivers a complete TCP frame; it is processed before this returns. */
  deliver(frame: Uint8Array): void;
}

/**
 * Makes a port.
 *
 * @param send called with each request as a TCP frame.
 */
export function createRtuPort(send: (frame: Uint8Array) => void): RtuPort {
  let receive: ((frame: Buffer) => void) | undefined;
  const port: RtuPort = {
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
      const sent = new Uint8Array(HEADER_SIZE + size);
      const view = new DataView(sent.buffer);
      view.setUint16(0, port._transactionIdWrite);
      view.setUint16(4, size);
      sent.set(frame.subarray(0, size), HEADER_SIZE);
      port._transactionIdWrite = (port._transactionIdWrite + 1) % TRANSACTION_IDS;
      send(sent);
    },
    deliver(frame) {
      const size = frame.length - HEADER_SIZE;
      const received = Buffer.allocUnsafe(size + CRC_SIZE);
      received.set(frame.subarray(HEADER_SIZE));
      received.writeUInt16LE(crc16(received.subarray(0, size)), size);
      port._transactionIdRead = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
      receive?.(received);
    },
  };
  return port;
}

/** The checksum table, by byte. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = (crc >> 1) ^ ((crc & 1) === 1 ? CRC_POLYNOMIAL : 0);
  }
  return crc;
});

function crc16(bytes: Uint8Array): number {
  let crc = CRC_START;
  // By index: an iterator creates one object per byte until V8 has optimised the loop.
  for (let index = 0; index < bytes.length; index++) {
    crc = (crc >> 8) ^ (CRC_TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
}
