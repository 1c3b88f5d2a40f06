/**
 * What the rest of the program may ask of a Modbus device: to read registers,
 * and nothing else. There is no way to write through this interface.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { FoundPace } from "./pause_detector.ts";

/** Function codes that only read: 3 = holding registers, 4 = input registers. */
export type ReadFunction = 3 | 4;

/** The most registers that one request may ask for (Modbus Application Protocol 1.1b3, 6.3). */
export const REGISTERS_PER_READ_MAX = 125;

/** One read request. */
export interface ReadRequest {
  /** The unit behind the address, 0..255. */
  readonly unitId: number;
  /** Which table. */
  readonly functionCode: ReadFunction;
  /** Zero-based address of the first register, 0..65535. */
  readonly address: number;
  /** How many registers, 1..125. */
  readonly count: number;
  /** Total deadline of the request in ms, from when it is sent. */
  readonly timeoutMs: number;
}

/** Reads registers. */
export interface RegisterReader {
  /**
   * Reads `count` registers; the answer has exactly that many, each 0..65535.
   *
   * @throws only the reason of `signal`; everything else is a fault.
   */
  read(
    request: ReadRequest,
    signal: AbortSignal,
  ): Promise<Result<Uint16Array, ModbusFault>>;
}

/** Connects to `host:port` when first needed and again after a fault; shared by the units behind it. */
export interface ModbusSession extends RegisterReader {
  /** `host:port`, as configured. */
  readonly address: string;
  /** Connects if there is no connection; joins an attempt under way. */
  connect(signal: AbortSignal): Promise<Result<void, ModbusFault>>;
  /** Closes the connection. It can be used again: the next read connects anew. */
  disconnect(): Promise<void>;
}

/** One session per address, however many actors ask for it. */
export interface SessionPool {
  /**
   * The session of an address; `release` gives it back. The connection is
   * closed when the last holder releases it.
   */
  lease(address: ModbusAddress): SessionLease;
  /** Closes every connection; bounded in time. */
  close(): Promise<void>;
}

/** Where a session leads to, and the pace that the device there needs. */
export interface ModbusAddress extends Pace {
  /** Name or IP address. */
  readonly host: string;
  /** TCP port, usually 502. */
  readonly port: number;
  /**
   * True: no other rests than these are tried. Silence means nothing of the pace
   * to whoever looks for units that may not be there, or measures the pace.
   */
  readonly fixedPace?: boolean;
}

/** The pace that the device at an address needs. */
export interface Pace {
  /** The least time between the end of one request and the next, in ms. */
  readonly gapMs: number;
  /** The least time between a connect and the first request, in ms; 0 if absent. */
  readonly connectGapMs?: number;
  /** How long a TCP connect may take, in ms. */
  readonly connectTimeoutMs: number;
  /** False: answers carry another transaction id than their requests; true if absent. */
  readonly echoesTransactionId?: boolean;
}

/** A share in a session. */
export interface SessionLease {
  /** The shared session. */
  readonly session: ModbusSession;
  /** Asks for another pace from now on; the most patient of all that share the address counts. */
  adapt(pace: Pace): void;
  /** The rests that the device was found to need, beyond what was asked for. */
  readonly found: FoundPace;
  /** Gives the share back; idempotent. */
  release(): void;
}
