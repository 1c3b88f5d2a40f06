/**
 * The interface of one connection, implemented by the TCP adapter and simulated in tests.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ReadRequest } from "./reader.ts";

/** The target of a connection: an IP address, not a host name. */
export interface ConnectionTarget {
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** Maximum duration of the connection attempt, in ms. */
  readonly connectTimeoutMs: number;
  /** False if answers carry another transaction id than their requests; default true. */
  readonly echoesTransactionId?: boolean;
}

/**
 * An open connection. It carries one request at a time. Any fault except an exception
 * ends it permanently: {@linkcode ModbusConnection.alive} is then false.
 */
export interface ModbusConnection {
  /** False after either side closed it or a fault ended it. */
  readonly alive: boolean;
  /** True after it has received a response. */
  readonly used: boolean;
  /**
   * Sends one request. `settled` is called once within its `timeoutMs`; the response
   * belongs to this request and has exactly `count` registers. The next request may be
   * sent in `settled`.
   *
   * @throws {Error} If another request is in progress, which is a bug of the caller.
   */
  exchange(
    request: ReadRequest,
    settled: (answer: Result<Uint16Array, ModbusFault>) => void,
  ): void;
  /** Closes the connection at once; a request in progress ends with `closed`. */
  destroy(): void;
}

/**
 * Opens a connection.
 *
 * @throws the reason of `signal` if it is aborted; any other failure is an `unreachable`
 * fault.
 */
export type OpenConnection = (
  target: ConnectionTarget,
  signal: AbortSignal,
) => Promise<Result<ModbusConnection, ModbusFault>>;
