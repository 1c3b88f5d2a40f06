/**
 * Models that a device lists in its chain and refuses to give: they are left out of
 * its polls, so that they take nothing else with them. Pure.
 *
 * @module
 */

import { EXCEPTION } from "../../modbus/faults.ts";
import type { ModelAt } from "../../sunspec/chain.ts";
import type { PlannedModel } from "../../sunspec/plan/poll_plan.ts";
import type { Known } from "../device.ts";
import type { SampleFault } from "../sample.ts";

/** After so long a device with models left out is discovered again: it may have been starting. */
export const LEFT_OUT_LOOK_MS = 3_600_000;

/** The common model: alone it gives no record. */
const COMMON_MODEL = 1;

/** A device without one of its models. */
export interface LeftOut {
  readonly known: Known;
  readonly model: ModelAt;
}

/**
 * Leaves out the model whose read was refused (exceptions 2 and 3), where no smaller
 * reads are left to try.
 *
 * @returns undefined if that is not what happened, or nothing of use would remain.
 */
export function leaveOut(known: Known, fault: SampleFault): LeftOut | undefined {
  if (known.proven || fault.kind === "layout-changed") return undefined;
  if (fault.fault.kind !== "exception") return undefined;
  const { code } = fault.fault;
  if (code !== EXCEPTION.illegalDataAddress && code !== EXCEPTION.illegalDataValue) {
    return undefined;
  }
  const { address } = fault.span;
  const refused = known.models.find(({ at }) =>
    at.address <= address && address < at.address + 2 + at.length
  );
  if (refused === undefined) return undefined;
  const isOther = ({ at }: PlannedModel): boolean => at.address !== refused.at.address;
  const models = known.models.filter(isOther);
  if (models.every(({ at }) => at.id === COMMON_MODEL)) return undefined;
  const quick = known.quick.filter(isOther);
  return { known: { ...known, models, quick }, model: refused.at };
}
