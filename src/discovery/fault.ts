/**
 * Why a discovery found no device.
 *
 * @module
 */

import type { ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction } from "../modbus/reader.ts";

/** What one look for the marker saw. */
export interface BaseTried {
  /** Zero-based address. */
  readonly base: number;
  readonly functionCode: ReadFunction;
  /** In words: `exception 0x02`, `0x0000 0x0000`, `no answer`. */
  readonly saw: string;
}

/** How far a discovery came. */
export type DiscoveryStep = "marker" | "chain" | "identity";

/** Why no device was found. Callers switch on `kind`. */
export type DiscoveryFault =
  /** No connection, or the device hung up. */
  | { readonly kind: "unreachable"; readonly fault: ModbusFault }
  /** The connection stands, but the unit says nothing (any more). */
  | {
    readonly kind: "no-answer";
    readonly step: DiscoveryStep;
    readonly unitId: number;
    readonly timeoutMs: number;
    readonly tried: readonly BaseTried[];
  }
  /** A gateway says that the unit is not there (exceptions 0x0A, 0x0B). */
  | { readonly kind: "no-unit"; readonly unitId: number; readonly code: number }
  /** What answers is not Modbus, or answers something else than was asked. */
  | {
    readonly kind: "not-modbus";
    readonly step: DiscoveryStep;
    readonly unitId: number;
    readonly detail: string;
  }
  /** The unit answers, and no base holds the marker. */
  | {
    readonly kind: "no-sunspec";
    readonly unitId: number;
    readonly tried: readonly BaseTried[];
  }
  /** The marker stands there, and no model follows it. */
  | { readonly kind: "no-models"; readonly base: number; readonly detail: string };
