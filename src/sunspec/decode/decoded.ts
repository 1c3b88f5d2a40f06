/**
 * The result of decoding: values by point name, and flags of values that deviate
 * from the specification.
 *
 * @module
 */

import type { ModelId, ModelPoints } from "../../../models/index.ts";

/**
 * One value. Measurements are scaled; enums and bitfields are numbers; an integer of a
 * 64-bit point beyond 2^53 is a bigint. null = not implemented by the device, or not
 * valid (a flag states why).
 */
export type PointValue = number | bigint | string | null;

/** Values by point name; groups by group name, each an array of its instances. */
export interface Points {
  readonly [name: string]: PointValue | readonly Points[];
}

/** Why a value is missing or not reliable. */
export type DecodeReason =
  /** The scale factor is not implemented. */
  | "scale-absent"
  /** The scale factor was not read. */
  | "scale-unread"
  /** The scale factor is not within -10..10. */
  | "scale-out-of-range"
  /** The scale factor changed between the requests of one poll. */
  | "scale-changed"
  /** A register of this point was not read. */
  | "register-unread"
  /** The text is not UTF-8; invalid bytes are replaced by U+FFFD. */
  | "text-not-utf8"
  /** The top bit of the bitfield is set, which SunSpec does not permit. */
  | "bitfield-invalid"
  /** The floating-point number is infinite. */
  | "float-infinite"
  /** The floating-point number is not 0, but smaller than any measurement. */
  | "float-tiny"
  /** All bits of the accumulator are 1, which is "not implemented" of other types. */
  | "accumulator-all-ones"
  /** L ends before the last point of the definition; of a point: before the point or its scale factor. */
  | "length-short"
  /** L extends beyond the last point of the definition. */
  | "length-long"
  /** L is so much longer than the definition that the model is probably another one. */
  | "length-mismatch"
  /** L ends within an instance of the repeating group. */
  | "length-partial-group"
  /** The count point of a group is not implemented; L determines the number of groups. */
  | "count-absent"
  /** The count point of a group does not match L; L determines the number of groups. */
  | "count-differs"
  | FrameFault;

/** Why the registers of a whole model, or of one of several reads of it, cannot be a measurement. */
export type FrameFault =
  /** All bits are 1. */
  | "frame-all-ones"
  /** All bits are 0, although a value cannot be 0. */
  | "frame-all-zeros";

/**
 * Why a value that was decoded without error is not plausible; assigned by the
 * plausibility filter of the records layer.
 */
export type PlausibilityReason =
  /** A counter reads 0 although it has counted, or without evidence that it starts there. */
  | "counter-zero"
  /** A counter decreased. */
  | "counter-back"
  /** A counter rose by more than the device can produce, or its reading may be torn at a carry. */
  | "counter-jump"
  /** The first reading of a counter is more than the device can have counted, and has not proved itself yet. */
  | "counter-unproven"
  /** A counter overflowed and restarted at 0. */
  | "counter-wrapped"
  /** A counter continues from another value, confirmed by several readings. */
  | "counter-reset"
  /** A power well above the rating on the device's nameplate. */
  | "beyond-rating"
  /** A value that the quantity cannot have, such as a humidity of 1,097 %. */
  | "out-of-range"
  /** A power that left the range of its 16 bits and continues at the other end. */
  | "int16-overflow"
  /** A power factor of 0xFFFF, "not implemented" of the unsigned form in old revisions. */
  | "pf-unsigned";

/** Impossible registers of a model; offsets from its header. */
export interface FaultySpan {
  /** 0 = the whole model is impossible. */
  readonly start: number;
  /** Offset after the last register. */
  readonly end: number;
  readonly reason: FrameFault;
}

/** Models with impossible registers, by the address of the model. */
export type FrameFaults = ReadonlyMap<number, readonly FaultySpan[]>;

/** A deviation of one value, or of the model's length. */
export interface DecodeFlag {
  /** Path of the point, such as `W` or `module[2].DCW`; `L` for the model's length, empty for the whole model. */
  readonly path: string;
  readonly reason: DecodeReason | PlausibilityReason;
}

/** A decoded model. */
export interface DecodedModel {
  readonly id: number;
  /** Zero-based address of the model's header. */
  readonly address: number;
  /** L, as the device states it. */
  readonly length: number;
  /** Every defined point is present. */
  readonly points: Points;
  readonly flags: readonly DecodeFlag[];
}

/** A decoded model with typed points. */
export interface TypedModel<Id extends ModelId> extends DecodedModel {
  readonly id: Id;
  readonly points: ModelPoints[Id];
}

/**
 * Whether a model has this id; narrows its points to the names and types of that model.
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
