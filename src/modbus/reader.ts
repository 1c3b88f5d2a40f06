/**
 * The interfaces through which the program uses a Modbus device. They only read
 * registers; nothing can be written through them.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { RequestPauses } from "./pause_detector.ts";

/** The permitted function codes: 3 reads holding registers, 4 reads input registers. */
export type ReadFunction = 3 | 4;

/** One read request. */
export interface ReadRequest {
  /** The unit at the address, 0..255. */
  readonly unitId: number;
  /** Selects the register table. */
  readonly functionCode: ReadFunction;
  /** Zero-based address of the first register, 0..65535. */
  readonly address: number;
  /** Number of registers, 1..125. */
  readonly count: number;
  /** Deadline of the request in ms, counted from when it is sent. */
  readonly timeoutMs: number;
}

/** Reads registers. */
export interface RegisterReader {
  /**
   * Reads `count` registers; the response contains exactly as many, each 0..65535.
   *
   * @throws the reason of `signal` if it is aborted; any other failure is a fault.
   */
  read(
    request: ReadRequest,
    signal: AbortSignal,
  ): Promise<Result<Uint16Array, ModbusFault>>;
}

/**
 * A session with one address; all its units share it. Connects at the first use and
 * reconnects after a fault.
 */
export interface ModbusSession extends RegisterReader {
  /** `host:port`, as configured. */
  readonly address: string;
  /** Connects if there is no connection; joins an attempt in progress. */
  connect(signal: AbortSignal): Promise<Result<void, ModbusFault>>;
  /** Opens a new connection for the next read. Reads under way, also of other units, are not affected. */
  renew(): void;
  /** Closes the connection; the next read connects again. */
  disconnect(): Promise<void>;
}

/** Provides one shared session per address. */
export interface SessionPool {
  /**
   * Acquires a handle of the session with an address. The connection is closed when the
   * last handle is released.
   */
  acquire(address: ModbusAddress): SessionHandle;
  /** Releases all handles, which closes all connections; does not wait for devices. */
  close(): Promise<void>;
}

/** A Modbus address and the options of its connection. */
export interface ModbusAddress extends ConnectionOptions {
  /** Host name or IP address. */
  readonly host: string;
  /** TCP port, usually 502. */
  readonly port: number;
  /**
   * True: pauses are not detected, only the configured ones are made; default false. A
   * scan and a measurement of pauses set it: there, a missing response does not indicate
   * that a pause is needed.
   */
  readonly fixedPauses?: boolean;
}

/** Options of a connection and of the pauses between its requests. */
export interface ConnectionOptions {
  /** Minimum time between the end of a request and the start of the next one, in ms. */
  readonly gapMs: number;
  /** Minimum time between a connect and the first request, in ms; default 0. */
  readonly connectGapMs?: number;
  /** Maximum duration of a TCP connect, in ms. */
  readonly connectTimeoutMs: number;
  /** False if answers carry another transaction id than their requests; default true. */
  readonly echoesTransactionId?: boolean;
}

/** A handle of a shared session. */
export interface SessionHandle {
  /** The shared session. */
  readonly session: ModbusSession;
  /** Changes the options. The longest pauses of all handles of the address apply. */
  configure(options: ConnectionOptions): void;
  /** The pauses that the device was found to need in addition to the configured ones. */
  readonly detectedPauses: RequestPauses;
  /** Releases the handle; idempotent. */
  release(): void;
}
