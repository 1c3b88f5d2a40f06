/**
 * What was found at a unit: the facts that a poll is planned from.
 *
 * @module
 */

import type { ReadFunction } from "../modbus/reader.ts";

/** A model in the chain of a device. */
export interface ModelAt {
  /** Model id, 1..65534. */
  readonly id: number;
  /** Zero-based address of the register that holds the id. */
  readonly address: number;
  /** L, as the device states it: registers after the two of the header. */
  readonly length: number;
}

/** How the chain ended. */
export type ChainEnd =
  | "end-model"
  | "exception"
  | "id-zero"
  | "limit-models"
  | "limit-registers"
  | "limit-address"
  | "no-answer";

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
