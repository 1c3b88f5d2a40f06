/**
 * A session that several handles share.
 *
 * @module
 */

import type { RequestPauses } from "./pause_detector.ts";
import type { ConnectionOptions, ModbusSession } from "./reader.ts";

/**
 * Resolves a host name to its IP addresses, preferred ones first; empty = unknown.
 * An IP address resolves to itself.
 */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** A session that several handles may share. A handle is identified by an object. */
export interface SharedSession {
  readonly session: ModbusSession;
  /** The pauses that the device was found to need. */
  readonly detectedPauses: RequestPauses;
  /** Registers that `handle` needs the connection. */
  acquire(handle: object): void;
  /**
   * Registers that `handle` does not need the connection; closes it if no other handle
   * needs it.
   */
  release(handle: object): Promise<void>;
  /** Sets the options that `handle` requires. */
  configure(handle: object, options: ConnectionOptions): void;
  /** Releases the connection and removes the handle and its options. */
  detach(handle: object): void;
}
