/**
 * The 350-register image of the benchmark: an inverter with models 1, 103, 120 to 123
 * and 160 (three inputs), and a vendor model.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { PROTOCOL_LIMITS } from "../../src/sunspec/plan/read_plan.ts";
import {
  createRegisterImage,
  type PlannedModel,
  planPoll,
  type PollPlan,
  type RegisterImage,
} from "../../src/sunspec/plan/poll_plan.ts";
import {
  NORMALISED_MODELS,
  SLOW_MODELS,
} from "../../src/records/normalise/normalised_models.ts";
import file from "./peers/rust/image.json" with { type: "json" };
import { COMMON_MODEL_ID } from "../../src/sunspec/spec.ts";

/** A poll plan for the image, and the registers that its reads return. */
export interface ImagePoll {
  readonly plan: PollPlan;
  readonly image: RegisterImage;
}

/** Number of registers of the image. */
export const IMAGE_SIZE = file.registers.length;

/** Plans and answers a poll of all models, or only of the models that every poll reads. */
export async function pollImage(which: "all" | "normalised"): Promise<ImagePoll> {
  const models: PlannedModel[] = [];
  for (const { id, header_address: address, length } of file.models) {
    const wanted = which === "all" || id === COMMON_MODEL_ID ||
      (NORMALISED_MODELS.has(id) && !SLOW_MODELS.has(id));
    const definition = wanted ? await loadDefinition(id) : undefined;
    if (definition !== undefined) {
      models.push({ at: { id, address, length }, definition });
    }
  }
  const plan = planPoll(models, file.base, PROTOCOL_LIMITS);
  const image = createRegisterImage();
  for (const span of plan.reads) {
    const from = span.address - file.base;
    image.put(span, Uint16Array.from(file.registers.slice(from, from + span.count)));
  }
  return { plan, image };
}
