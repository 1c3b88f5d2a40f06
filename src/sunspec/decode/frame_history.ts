/**
 * What the earlier polls of a device have shown of each model, by which impossible
 * registers of later polls are recognised.
 *
 * @module
 */

import type { ModelLocation } from "../chain.ts";
import { MODEL_HEADER_SIZE } from "../spec.ts";
import type { ModelReads, PollPlan } from "../plan/poll_plan.ts";
import type { FaultySpan, FrameFaults } from "./decoded.ts";
import { frameFaultOf, type SeenModel, seenModelOf } from "./frame_check.ts";
import { faultySpansOf, type SeenRegisters, seenRegistersOf } from "./frame_spans.ts";
import { sourceOf } from "./model_source.ts";
import type { RegisterImage } from "./register_image.ts";

const NO_FAULTS: FrameFaults = new Map();
const NONE: readonly FaultySpan[] = [];

/** The history of one device. */
export interface FrameHistory {
  /** The models of a poll with impossible registers: as a whole, or in one of several reads. */
  faultsOf(plan: PollPlan, image: RegisterImage): FrameFaults;
  /** Whether registers are impossible that were possible, or not read, in the last poll. */
  isNew(at: ModelLocation, faults: FrameFaults): boolean;
  /** Adds a poll to the history. */
  note(plan: PollPlan, image: RegisterImage, faults: FrameFaults): void;
}

interface ModelHistory {
  readonly seen: SeenModel | undefined;
  readonly registers: SeenRegisters | undefined;
  /** Those of the last poll. */
  readonly faulty: readonly FaultySpan[];
}

/** Creates a history without any poll. */
export function createFrameHistory(): FrameHistory {
  const models = new Map<string, ModelHistory>();
  return {
    faultsOf(plan, image) {
      let faults: Map<number, readonly FaultySpan[]> | undefined;
      for (const model of plan.models) {
        const faulty = faultyOf(model, image, models.get(keyOf(model.at)));
        if (faulty.length === 0) continue;
        faults ??= new Map();
        faults.set(model.at.address, faulty);
      }
      return faults ?? NO_FAULTS;
    },
    isNew(at, faults) {
      const before = models.get(keyOf(at))?.faulty ?? NONE;
      return (faults.get(at.address) ?? NONE).some((span) =>
        !before.some((known) => isSame(known, span))
      );
    },
    note(plan, image, faults) {
      for (const model of plan.models) {
        const key = keyOf(model.at);
        const before = models.get(key);
        const faulty = faults.get(model.at.address) ?? NONE;
        const seen = faulty.length > 0
          ? before?.seen
          : seenModelOf(model, sourceOf(model, image), before?.seen);
        const registers = seenRegistersOf(model, image, faulty, before?.registers);
        if (
          before?.faulty === faulty && before.seen === seen &&
          before.registers === registers
        ) continue;
        models.set(key, { seen, registers, faulty });
      }
    },
  };
}

function faultyOf(
  model: ModelReads,
  image: RegisterImage,
  history: ModelHistory | undefined,
): readonly FaultySpan[] {
  const reason = frameFaultOf(model, sourceOf(model, image), history?.seen);
  return reason === undefined
    ? faultySpansOf(model, image, history?.registers)
    : [{ start: 0, end: MODEL_HEADER_SIZE + model.at.length, reason }];
}

function isSame(one: FaultySpan, other: FaultySpan): boolean {
  return one.start === other.start && one.end === other.end &&
    one.reason === other.reason;
}

/** A model that moves within the chain keeps no history: other registers are behind it. */
function keyOf({ id, address }: ModelLocation): string {
  return `${id}@${address}`;
}
