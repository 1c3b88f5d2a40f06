/**
 * What the earlier polls of a device have shown of each model, by which impossible
 * registers of later polls are recognised.
 *
 * @module
 */

import type { ModelLocation } from "../chain.ts";
import type { PollPlan } from "../plan/poll_plan.ts";
import type { FrameFault, FrameFaults } from "./decoded.ts";
import { frameFaultOf, type SeenModel, seenModelOf } from "./frame_check.ts";
import { sourceOf } from "./model_source.ts";
import type { RegisterImage } from "./register_image.ts";

const NO_FAULTS: FrameFaults = new Map();

/** The history of one device. */
export interface FrameHistory {
  /** The models of a poll whose registers are impossible as a whole. */
  faultsOf(plan: PollPlan, image: RegisterImage): FrameFaults;
  /** Whether a model is impossible that was possible, or not read, in the last poll. */
  isNew(at: ModelLocation, faults: FrameFaults): boolean;
  /** Adds a poll to the history. */
  note(plan: PollPlan, image: RegisterImage, faults: FrameFaults): void;
}

interface ModelHistory {
  readonly seen: SeenModel | undefined;
  readonly fault: FrameFault | undefined;
}

/** Creates a history without any poll. */
export function createFrameHistory(): FrameHistory {
  const models = new Map<string, ModelHistory>();
  return {
    faultsOf(plan, image) {
      let faults: Map<number, FrameFault> | undefined;
      for (const model of plan.models) {
        const seen = models.get(keyOf(model.at))?.seen;
        const fault = frameFaultOf(model, sourceOf(model, image), seen);
        if (fault === undefined) continue;
        faults ??= new Map();
        faults.set(model.at.address, fault);
      }
      return faults ?? NO_FAULTS;
    },
    isNew(at, faults) {
      const fault = faults.get(at.address);
      return fault !== undefined && models.get(keyOf(at))?.fault !== fault;
    },
    note(plan, image, faults) {
      for (const model of plan.models) {
        const key = keyOf(model.at);
        const before = models.get(key);
        const fault = faults.get(model.at.address);
        const seen = fault === undefined
          ? seenModelOf(model, sourceOf(model, image), before?.seen)
          : before?.seen;
        if (before?.fault === fault && before?.seen === seen) continue;
        models.set(key, { seen, fault });
      }
    },
  };
}

/** A model that moves within the chain keeps no history: other registers are behind it. */
function keyOf({ id, address }: ModelLocation): string {
  return `${id}@${address}`;
}
