/**
 * What decoding gives: values by point name, and what was odd about them.
 *
 * @module
 */

import type { ModelId, ModelPoints } from "../../../models/index.ts";

/**
 * One value. Measurements are scaled; enums and bitfields are numbers; a whole
 * number of a 64-bit point beyond 2^53 is a bigint. null = the device does not
 * say, or what it says cannot be so (then a flag tells).
 */
export type PointValue = number | bigint | string | null;

/** Values by point name; groups by group name, each an array of its instances. */
export interface Points {
  readonly [name: string]: PointValue | readonly Points[];
}

/** Why a value is missing or not to be trusted. */
export type DecodeReason =
  /** The scale factor is not implemented, not there, or not readable. */
  | "scale-absent"
  /** The scale factor is not within -10..10. */
  | "scale-out-of-range"
  /** The scale factor changed between the requests of one poll. */
  | "scale-changed"
  /** The device gave no answer for a register of this point. */
  | "register-unread"
  /** The text is not UTF-8; what is wrong in it stands as U+FFFD. */
  | "text-not-utf8"
  /** The bitfield's top bit is set, which SunSpec does not allow. */
  | "bitfield-invalid"
  /** The floating-point number is infinite. */
  | "float-infinite"
  /** The accumulator's bits are all ones: "not implemented" of another type. */
  | "accumulator-all-ones"
  /** L ends before the points of the definition do. */
  | "length-short"
  /** L goes on after the points of the definition. */
  | "length-long"
  /** The end of L is no multiple of the repeating group. */
  | "length-partial-group"
  /** The point that counts a group is not implemented; L decides. */
  | "count-absent"
  /** The point that counts a group says more or less than L holds; L decides. */
  | "count-differs";

/** Why a value is not to be trusted that was decoded well: see `telemetry/guard.ts`. */
export type GuardReason =
  /** A counter reads 0, though it has counted, or though nothing shows that it began there. */
  | "counter-zero"
  /** A counter reads less than before. */
  | "counter-back"
  /** A counter rose by more than the device can, or stands at all ones from the start. */
  | "counter-jump"
  /** A counter came to the end of its bits and began at 0 anew. */
  | "counter-wrapped"
  /** A counter counts from another value on, which readings have confirmed. */
  | "counter-reset"
  /** A power far beyond what the device's nameplate says it can. */
  | "beyond-rating";

/** One oddity. */
export interface DecodeFlag {
  /** The point, such as `W` or `module[2].DCW`; `L` for what concerns the length. */
  readonly path: string;
  readonly reason: DecodeReason | GuardReason;
}

/** A decoded model. */
export interface DecodedModel {
  readonly id: number;
  /** Zero-based address of the register that holds the id. */
  readonly address: number;
  /** L, as the device states it. */
  readonly length: number;
  /** Every defined point is present. */
  readonly points: Points;
  readonly flags: readonly DecodeFlag[];
}

/** A decoded model whose points are known by type. */
export interface TypedModel<Id extends ModelId> extends DecodedModel {
  readonly id: Id;
  readonly points: ModelPoints[Id];
}

/**
 * Whether a model is the one with this id; after it, its points have names and types.
 *
 * @example
 * ```ts
 * import { type DecodedModel, isModel } from "./decoded.ts";
 *
 * function powerOf(model: DecodedModel): number | null {
 *   return isModel(model, 103) ? model.points.W : null;
 * }
 * ```
 */
export function isModel<Id extends ModelId>(
  model: DecodedModel,
  id: Id,
): model is TypedModel<Id> {
  return model.id === id;
}
