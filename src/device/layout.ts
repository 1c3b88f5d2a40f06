/**
 * The register layout of a device: everything that a read plan needs.
 *
 * @module
 */

import type { ReadFunction } from "../modbus/reader.ts";
import type { ChainEnd, ModelLocation } from "../sunspec/chain.ts";
import type { Identity } from "../sunspec/identity.ts";

/** The register layout of one Modbus unit, as discovery found it. */
export interface DeviceLayout {
  readonly unitId: number;
  readonly functionCode: ReadFunction;
  /** Zero-based address of the `SunS` marker. */
  readonly base: number;
  /** In chain order; the common model is usually the first. */
  readonly models: readonly ModelLocation[];
  readonly end: ChainEnd;
  readonly identity: Identity;
  /** Deviations from the specification, as text. */
  readonly oddities: readonly string[];
}
