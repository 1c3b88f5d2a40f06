/**
 * One TCP connection, as the session sees it: what a door must offer, and what
 * a test can play.
 *
 * @module
 */

import type { Result } from "../base/result.ts";
import type { ModbusFault } from "./faults.ts";
import type { ReadRequest } from "./reader.ts";

/** Where one connection goes: an address, not a name. */
export interface LinkTarget {
  /** IPv4 or IPv6 address. */
  readonly ip: string;
  /** TCP port. */
  readonly port: number;
  /** How long the connect may take, in ms. */
  readonly connectTimeoutMs: number;
  /** False: answers carry another transaction id than their requests; true if absent. */
  readonly echoesTransactionId?: boolean;
}

/**
 * An open connection. It carries one request at a time. After any fault but an
 * exception it is dead and stays so: {@linkcode ModbusLink.alive} is false.
 */
export interface ModbusLink {
  /** False once either side closed it, or it was given up. */
  readonly alive: boolean;
  /** True once it has carried a request to an answer. */
  readonly used: boolean;
  /**
   * Sends one request and settles no later than its `timeoutMs` from now. The
   * answer has exactly `count` registers and is the answer to this request.
   *
   * @throws {Error} If another request is under way: a bug of the caller.
   */
  exchange(request: ReadRequest): Promise<Result<Uint16Array, ModbusFault>>;
  /** Destroys the connection at once; a request under way ends as `closed`. */
  destroy(): void;
}

/**
 * Opens a connection.
 *
 * @throws only the reason of `signal`; everything else is an `unreachable` fault.
 */
export type OpenLink = (
  target: LinkTarget,
  signal: AbortSignal,
) => Promise<Result<ModbusLink, ModbusFault>>;
