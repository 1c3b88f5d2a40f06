/**
 * Skips models that a device lists in its chain but refuses to read, so that the other
 * models of the same requests can be polled. Pure.
 *
 * @module
 */

import { EXCEPTION } from "../../modbus/faults.ts";
import type { ModelLocation } from "../../sunspec/chain.ts";
import type { PlannedModel } from "../../sunspec/plan/poll_plan.ts";
import { MODEL_HEADER_SIZE } from "../../sunspec/spec.ts";
import type { KnownLayout } from "../device.ts";
import type { PollFault } from "../read_registers.ts";
import { hasOnlyCommonModel } from "./commissioning.ts";

/** A device without one of its models. */
export interface WithoutModel {
  readonly known: Omit<KnownLayout, "limits" | "plan" | "fullPlan">;
  readonly model: ModelLocation;
}

/**
 * Removes the model whose read was refused (exceptions 2 and 3), after smaller reads
 * were tried.
 *
 * @returns undefined if the fault is another one, or if only model 1 would remain.
 */
export function skipRefusedModel(
  known: KnownLayout,
  fault: PollFault,
): WithoutModel | undefined {
  if (known.proven || fault.kind === "layout-changed") return undefined;
  if (fault.fault.kind !== "exception") return undefined;
  const { code } = fault.fault;
  if (code !== EXCEPTION.illegalDataAddress && code !== EXCEPTION.illegalDataValue) {
    return undefined;
  }
  const { address } = fault.span;
  const refused = known.models.find(({ at }) =>
    at.address <= address && address < at.address + MODEL_HEADER_SIZE + at.length
  );
  if (refused === undefined) return undefined;
  const isOther = ({ at }: PlannedModel): boolean => at.address !== refused.at.address;
  const models = known.models.filter(isOther);
  if (hasOnlyCommonModel(models)) return undefined;
  const quickModels = known.quickModels.filter(isOther);
  return { known: { ...known, models, quickModels }, model: refused.at };
}
