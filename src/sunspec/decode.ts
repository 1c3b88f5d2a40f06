/**
 * From a model's registers to its values.
 *
 * @module
 */

import type { ModelAt } from "./chain.ts";
import type { DecodedModel } from "./decoded.ts";
import type { ModelDefinition } from "./definition.ts";

export {
  type DecodedModel,
  type DecodeFlag,
  type DecodeReason,
  isModel,
  type Points,
  type PointValue,
  type TypedModel,
} from "./decoded.ts";

/** Registers as read; null = this register could not be read. */
export type Registers = ArrayLike<number | null>;

/**
 * Decodes a model.
 *
 * @param at where the device has it; its L is believed, up to what `registers` hold.
 * @param registers from the register that holds the id on.
 * @returns every defined point; never throws whatever the registers say.
 */
export function decodeModel(
  _definition: ModelDefinition,
  _at: ModelAt,
  _registers: Registers,
): DecodedModel {
  throw new Error("not yet");
}
