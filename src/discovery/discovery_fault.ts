/**
 * Why discovery found no device.
 *
 * @module
 */

import type { ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction } from "../modbus/reader.ts";

/** The outcome of one attempt to read the marker. */
export interface TriedBase {
  /** Zero-based address. */
  readonly base: number;
  readonly functionCode: ReadFunction;
  /** As text: `exception 0x02`, `0x0000 0x0000`, `no response`. */
  readonly outcome: string;
}

/** The steps of discovery, in order. */
export type DiscoveryStep = "marker" | "chain" | "identity";

/** Why no device was found. Callers switch on `kind`. */
export type DiscoveryFault =
  /** No connection, or the device closed it. */
  | { readonly kind: "unreachable"; readonly fault: ModbusFault }
  /** Connected, but the unit does not answer, or stopped answering. */
  | {
    readonly kind: "no-answer";
    readonly step: DiscoveryStep;
    readonly unitId: number;
    readonly timeoutMs: number;
    readonly tried: readonly TriedBase[];
  }
  /** A gateway reports that the unit is absent (exceptions 0x0A, 0x0B). */
  | { readonly kind: "no-unit"; readonly unitId: number; readonly code: number }
  /** The response is not Modbus, or does not match the request. */
  | {
    readonly kind: "not-modbus";
    readonly step: DiscoveryStep;
    readonly unitId: number;
    readonly detail: string;
  }
  /** The unit answers, but the marker is at none of the bases. */
  | {
    readonly kind: "no-sunspec";
    readonly unitId: number;
    readonly tried: readonly TriedBase[];
  }
  /** The marker is there, but no model follows it. */
  | { readonly kind: "no-models"; readonly base: number; readonly detail: string };
