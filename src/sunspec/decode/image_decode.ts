/**
 * Decodes the register image of a poll. Pure, except for a cache per planned model: its
 * table, and the last values of the common model.
 *
 * @module
 */

import { COMMON_MODEL_ID, MODEL_HEADER_SIZE } from "../spec.ts";
import { toNamed } from "./decode.ts";
import { sourceOf } from "./model_source.ts";
import type { DecodedModel, FaultySpan, FrameFaults } from "./decoded.ts";
import { type ModelReading, readModel } from "./model_reading.ts";
import type { RegisterImage } from "./register_image.ts";
import type { ModelReads, PollPlan } from "../plan/poll_plan.ts";
import type { Registers } from "./point.ts";
import { fits, type PointTable, pointTableOf } from "./point_table.ts";
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
): ModelReading[] {
  return plan.models.map((model) => {
    const source = sourceOf(model, image);
    return model.at.id === COMMON_MODEL_ID
      ? readCommon(model, source).reading
      : readPlanned(model, source, faults?.get(model.at.address));
  });
}

const lastTable = new WeakMap<ModelReads, PointTable>();

function readPlanned(
  model: ModelReads,
  source: RegisterSource,
  faulty?: readonly FaultySpan[],
): ModelReading {
  const { definition, at } = model;
  const last = lastTable.get(model);
  if (last !== undefined && fits(last, source)) {
    return readModel(last, at, source, faulty);
  }
  const table = pointTableOf(definition, at.length, source);
  lastTable.set(model, table);
  return readModel(table, at, source, faulty);
}

/** The registers of a common model and their decoded values. */
interface DecodedCommon {
  readonly registers: Registers;
  readonly reading: ModelReading;
  readonly decoded: DecodedModel;
}

const lastCommon = new WeakMap<ModelReads, DecodedCommon>();

/**
 * Decodes the common model only if its registers differ from those of the plan's last
 * poll: it is mostly text and rarely changes.
 */
export function decodeCommon(model: ModelReads, source: RegisterSource): DecodedModel {
  return readCommon(model, source).decoded;
}

function readCommon(
  model: ModelReads,
  source: RegisterSource,
): Pick<DecodedCommon, "reading" | "decoded"> {
  const size = MODEL_HEADER_SIZE + model.at.length;
  const window = source.find(0, size) ?? source.assemble(0, size);
  if (window === undefined || !windowHolds(window, 0, size)) {
    return withView(readPlanned(model, source));
  }
  const { registers, origin } = window;
  const last = lastCommon.get(model);
  let same = last !== undefined;
  for (let offset = 0; same && offset < size; offset++) {
    same = last?.registers[offset] === registers[offset - origin];
  }
  if (last !== undefined && same) return last;
  const own = Array.from({ length: size }, (_, at) => registers[at - origin] ?? null);
  const decoded = { ...withView(readPlanned(model, source)), registers: own };
  lastCommon.set(model, decoded);
  return decoded;
}

function withView(
  reading: ModelReading,
): Pick<DecodedCommon, "reading" | "decoded"> {
  return { reading, decoded: toNamed(reading) };
}
