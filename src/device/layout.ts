/**
 * What was found at a unit: the facts that a poll is planned from.
 *
 * @module
 */

import type { ReadFunction } from "../modbus/reader.ts";
import type { ChainEnd, ModelAt } from "../sunspec/chain.ts";

/** Who the device says it is (model 1); empty texts are null. */
export interface Identity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly options: string | null;
  readonly firmware: string | null;
  readonly serial: string | null;
}

/** A device's layout. */
export interface DeviceLayout {
  readonly unitId: number;
  readonly functionCode: ReadFunction;
  /** Zero-based address of the `SunS` marker. */
  readonly base: number;
  /** In chain order, model 1 first as a rule. */
  readonly models: readonly ModelAt[];
  readonly end: ChainEnd;
  readonly identity: Identity;
  /** What was odd, in words, for people. */
  readonly oddities: readonly string[];
}
