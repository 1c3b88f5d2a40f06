/**
 * Looks for models that a poll does not read: added at the end of the chain, or refused
 * by the device so far.
 *
 * @module
 */

import type { DeviceLayout } from "../../device/layout.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import { endAddress, type ModelLocation } from "../../sunspec/chain.ts";
import { describePollChange, newModelChange } from "../../sunspec/decode/poll_check.ts";
import type { EndCheck, PollPlan } from "../../sunspec/plan/poll_plan.ts";
import type { Span } from "../../sunspec/plan/read_plan.ts";
import { END_MODEL_ID } from "../../sunspec/spec.ts";
import type { ReadTarget } from "../read_registers.ts";

/** Interval of the check, in ms. */
export const CHAIN_CHECK_INTERVAL_MS = 60_000;

/**
 * Interval of the check in ms if the device does not answer reads beyond its chain: each
 * of them costs a deadline.
 */
export const SILENT_END_CHECK_INTERVAL_MS = 600_000;

/** The register that ends a chain; undefined = the chain has no such register. */
export function endCheck({ models, end }: DeviceLayout): EndCheck | undefined {
  const address = endAddress(models);
  if (address === undefined) return undefined;
  if (end === "end-model") return { address, expected: END_MODEL_ID };
  return end === "id-zero" ? { address, expected: 0 } : undefined;
}

/** Whether the check is due. */
export function isCheckDue({ end }: DeviceLayout, sinceMs: number): boolean {
  return sinceMs >=
    (end === "no-answer" ? SILENT_END_CHECK_INTERVAL_MS : CHAIN_CHECK_INTERVAL_MS);
}

/** A model that the device refuses to read. */
export interface SkippedModel {
  readonly model: ModelLocation;
  /** The read that it refused. */
  readonly span: Span;
  /** For people: the model, and the fault. */
  readonly reason: string;
}

/** What to look for. */
export interface ChainCheck {
  readonly layout: DeviceLayout;
  /** The plan of the poll, which may have read the end already. */
  readonly plan: PollPlan;
  readonly skipped: readonly SkippedModel[];
  readonly timeoutMs: number;
}

/**
 * Reads the register after the last model, unless the poll has read it, and what the
 * device has refused. A fault is no change: the end of a chain need not be readable.
 *
 * @returns what was found, as text; undefined = nothing.
 * @throws the reason of `signal`.
 */
export async function checkChain(
  reader: RegisterReader,
  { layout, plan, skipped, timeoutMs }: ChainCheck,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { unitId, functionCode }: ReadTarget = layout;
  const read = async (address: number, count: number): Promise<number | undefined> => {
    const answer = await reader.read(
      { unitId, functionCode, address, count, timeoutMs },
      signal,
    );
    return answer.ok ? answer.value[0] : undefined;
  };
  const end = plan.end === undefined && !layout.end.startsWith("limit-")
    ? endAddress(layout.models)
    : undefined;
  if (end !== undefined) {
    const id = await read(end, 1);
    const isEnd = id === undefined || id === 0 || id === END_MODEL_ID;
    if (!isEnd) return describePollChange(newModelChange(end, id));
  }
  for (const { model, span } of skipped) {
    const answer = await read(span.address, span.count);
    if (answer === undefined) continue;
    return `model ${model.id} at ${model.address} can be read again`;
  }
  return undefined;
}
