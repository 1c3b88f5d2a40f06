/**
 * The chain of models of a device.
 *
 * @module
 */

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
