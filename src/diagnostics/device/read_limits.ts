/**
 * Measures how many registers one request may read, and whether a read may cross a
 * model boundary.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../base/network/modbus_protocol.ts";
import { READ_SIZE_MIN } from "../../sunspec/plan/poll_plan.ts";
import type { Span } from "../../sunspec/plan/read_plan.ts";
import { MODEL_HEADER_SIZE } from "../../sunspec/spec.ts";
import { type Finding, finding } from "../finding.ts";
import { type DiscoveredTarget, readTimed, withSession } from "./target.ts";

/** Number of attempts: a refusal counts only if it is repeated, since a response may get lost. */
const ATTEMPTS = 2;

/** The measured limits, in registers. */
export interface MeasuredReadLimits {
  /** Largest answered read within one model. */
  readonly inOneModel: number;
  /** Size of the longest model, capped at the protocol's maximum. */
  readonly longestModel: number;
  /** Largest successful read that starts at the marker and spans models; 0 = none succeeded. */
  readonly across: number;
  /** Size of the chain, capped at the protocol's maximum. */
  readonly longestChain: number;
}

/** Finds the limits by bisection. */
export async function measureReads(
  target: DiscoveredTarget,
  gapMs: number,
): Promise<MeasuredReadLimits> {
  const { models, base } = target.layout;
  const longest = models.reduce(
    (most, model) => model.length > most.length ? model : most,
    { address: base, length: 0 },
  );
  const last = models.at(-1) ?? longest;
  const sizeOf = (length: number): number =>
    Math.min(REGISTERS_PER_READ_MAX, MODEL_HEADER_SIZE + length);
  const longestModel = sizeOf(longest.length);
  const longestChain = sizeOf(last.address - base + last.length);
  return await withSession(target, gapMs, async (session) => {
    const isAnswered = async (span: Span): Promise<boolean> => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { answer } = await readTimed(target, session, span);
        if (answer.ok) return true;
      }
      return false;
    };
    const inOneModel = await largestAnswered(
      longestModel,
      (count) => isAnswered({ address: longest.address, count }),
    );
    const across = await largestAnswered(
      longestChain,
      (count) => isAnswered({ address: base, count }),
    );
    return { inOneModel, longestModel, across, longestChain };
  });
}

/** The largest count that is answered, provided that all smaller ones are answered too. */
async function largestAnswered(
  most: number,
  isAnswered: (count: number) => Promise<boolean>,
): Promise<number> {
  if (await isAnswered(most)) return most;
  const least = Math.min(READ_SIZE_MIN, most);
  if (!await isAnswered(least)) return 0;
  let answered = least;
  let refused = most;
  while (refused - answered > 1) {
    const middle = Math.floor((answered + refused) / 2);
    if (await isAnswered(middle)) answered = middle;
    else refused = middle;
  }
  return answered;
}

/** Assesses the measured limits. */
export function assessReads(limits: MeasuredReadLimits): readonly Finding[] {
  const { inOneModel, longestModel, across, longestChain } = limits;
  // If fewer registers can be read across models than within one, the model boundary
  // is the cause and not the size.
  const boundary = across < Math.min(inOneModel, longestChain);
  const most = boundary ? inOneModel : Math.max(inOneModel, across);
  const available = boundary ? longestModel : Math.max(longestModel, longestChain);
  return [
    assessSize(most, available),
    boundary
      ? finding(
        "reads across models",
        "warning",
        `reads of more than ${across} registers from the marker are refused, although ${most} can be read within a model`,
        "reads_across_models = false: one additional request per model",
        { readsAcrossModels: false },
      )
      : finding("reads across models", "ok", "supported", "a poll needs few requests"),
  ];
}

function assessSize(most: number, available: number): Finding {
  const check = "largest read";
  const keepDefault = `registers_per_read_max can stay ${REGISTERS_PER_READ_MAX}`;
  if (most >= REGISTERS_PER_READ_MAX) {
    return finding(
      check,
      "ok",
      `${most} registers, the protocol's maximum`,
      keepDefault,
    );
  }
  if (most === available) {
    return finding(
      check,
      "ok",
      `${most} registers, all consecutive ones that the device has`,
      keepDefault,
    );
  }
  if (most < READ_SIZE_MIN) {
    return finding(
      check,
      "failure",
      "no read of its models succeeded",
      "the device refuses registers that its chain declares; report it with a dump",
    );
  }
  return finding(
    check,
    "warning",
    `${most} registers; larger reads are refused or time out`,
    `registers_per_read_max = ${most}`,
    { registersPerReadMax: most },
  );
}
