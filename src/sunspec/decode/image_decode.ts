/**
 * Decodes the register image of a poll. Pure, except for a cache of the common model
 * per poll plan.
 *
 * @module
 */

import { COMMON_MODEL_ID, MODEL_HEADER_SIZE } from "../spec.ts";
import { decodeFrom } from "./decode.ts";
import { sourceOf } from "./model_source.ts";
import type { DecodedModel, FrameFaults } from "./decoded.ts";
import type { RegisterImage } from "./register_image.ts";
import type { ModelReads, PollPlan } from "../plan/poll_plan.ts";
import type { Registers } from "./point.ts";
import { type RegisterSource, windowHolds } from "./register_source.ts";

/**
 * Decodes the models of a poll. Points of a read without a response are null and
 * flagged; so are the values whose scale factor changed between two reads of the poll.
 * Whether the device still matches the plan is verified by `checkPoll` of
 * `poll_check.ts`.
 *
 * @param faults models with impossible registers, as `checkPoll` found them.
 * @returns the models, in the order of the plan.
 */
export function decodeImage(
  plan: PollPlan,
  image: RegisterImage,
  faults?: FrameFaults,
): DecodedModel[] {
  return plan.models.map((model) => {
    const source = sourceOf(model, image);
    return model.at.id === COMMON_MODEL_ID
      ? decodeCommon(model, source)
      : decodeFrom(model.definition, model.at, source, faults?.get(model.at.address));
  });
}

/** The registers of a common model and their decoded values. */
interface DecodedRegisters {
  readonly registers: Registers;
  readonly decoded: DecodedModel;
}

const lastCommon = new WeakMap<ModelReads, DecodedRegisters>();

/**
 * Decodes the common model only if its registers differ from those of the plan's last
 * poll: it is mostly text and rarely changes.
 */
export function decodeCommon(model: ModelReads, source: RegisterSource): DecodedModel {
  const size = MODEL_HEADER_SIZE + model.at.length;
  const window = source.find(0, size) ?? source.assemble(0, size);
  if (window === undefined || !windowHolds(window, 0, size)) {
    return decodeFrom(model.definition, model.at, source);
  }
  const { registers, origin } = window;
  const last = lastCommon.get(model);
  let same = last !== undefined;
  for (let offset = 0; same && offset < size; offset++) {
    same = last?.registers[offset] === registers[offset - origin];
  }
  if (last !== undefined && same) return last.decoded;
  const decoded = decodeFrom(model.definition, model.at, source);
  const own = Array.from({ length: size }, (_, at) => registers[at - origin] ?? null);
  lastCommon.set(model, { registers: own, decoded });
  return decoded;
}
