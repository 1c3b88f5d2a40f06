/**
 * The 350-register image that everything is measured with: an inverter with
 * models 1, 103, 120 to 123 and 160 (three inputs), and one of a vendor's.
 *
 * @module
 */

import { loadDefinition } from "../../models/index.ts";
import { PROTOCOL_LIMITS } from "../../src/sunspec/plan/read_plan.ts";
import {
  createImage,
  type Image,
  type PlannedModel,
  planPoll,
  type PollPlan,
} from "../../src/sunspec/plan/poll_plan.ts";
import {
  NORMALISED_MODELS,
  SLOW_MODELS,
} from "../../src/records/normalise/normalise.ts";
import file from "./peers/rust/image.json" with { type: "json" };

const COMMON_MODEL = 1;

/** A plan over the image, and what its reads give. */
export interface Polled {
  readonly plan: PollPlan;
  readonly image: Image;
}

/** How many registers the image has. */
export const IMAGE_SIZE = file.registers.length;

/** Plans and answers a poll of all models, or only of those that each poll reads. */
export async function pollImage(which: "all" | "normalised"): Promise<Polled> {
  const models: PlannedModel[] = [];
  for (const { id, header_address: address, length } of file.models) {
    const wanted = which === "all" || id === COMMON_MODEL ||
      (NORMALISED_MODELS.has(id) && !SLOW_MODELS.has(id));
    const definition = wanted ? await loadDefinition(id) : undefined;
    if (definition !== undefined) {
      models.push({ at: { id, address, length }, definition });
    }
  }
  const plan = planPoll(models, file.base, PROTOCOL_LIMITS);
  const image = createImage();
  for (const span of plan.reads) {
    const from = span.address - file.base;
    image.put(span, Uint16Array.from(file.registers.slice(from, from + span.count)));
  }
  return { plan, image };
}
