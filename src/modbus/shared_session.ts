/**
 * What a lease knows of the session that it shares.
 *
 * @module
 */

import type { FoundPace } from "./pause_detector.ts";
import type { ModbusSession, Pace } from "./reader.ts";

/**
 * The IP addresses of a host name, best first; empty if the name is unknown.
 * An address resolves to itself.
 */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** A connection that several leases may share. */
export interface SharedSession {
  readonly session: ModbusSession;
  /** What the device was found to need. */
  readonly found: FoundPace;
  /** Notes that `lease` wants the connection up. */
  want(lease: object): void;
  /** Notes that it does not; nobody left means that the connection is closed. */
  unwant(lease: object): Promise<void>;
  /** Notes that `lease` needs another pace. */
  adapt(lease: object, pace: Pace): void;
  /** Gives up the share. */
  leave(lease: object): void;
}
