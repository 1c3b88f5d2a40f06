/**
 * One poll: reads what a plan asks for and decodes it. All or nothing: a read
 * that fails leaves no half of a sample behind.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import type { DecodedModel } from "../sunspec/decode/decode.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";
import { decodePoll } from "../sunspec/decode/poll_decode.ts";
import { createImage, type PollPlan } from "../sunspec/plan/poll_plan.ts";

/** Devices answer reads of so few registers, whatever their limit. */
export const SMALL_READ_COUNT = 10;

/** What one poll gave. */
export interface Sample {
  /** In chain order. */
  readonly models: readonly DecodedModel[];
  /** Wall clock at the start of the first request, ms since the Unix epoch. */
  readonly startedAtMs: number;
  /** From the start of the first request to the last answer, in ms. */
  readonly durationMs: number;
  /** How many requests it took. */
  readonly requests: number;
}

/** Why a poll gave nothing. */
export type SampleFault =
  /** A read failed. */
  | { readonly kind: "read"; readonly span: Span; readonly fault: ModbusFault }
  /** The device refuses a large read (exceptions 2 and 3): perhaps it wants smaller ones. */
  | {
    readonly kind: "limit-suspected";
    readonly span: Span;
    readonly fault: ModbusFault;
  }
  /** The device is not laid out as planned: discover it again. */
  | { readonly kind: "layout-changed"; readonly changes: readonly string[] };

/** The unit that is sampled; a `DeviceLayout` is one. */
export interface SampledUnit {
  readonly unitId: number;
  readonly functionCode: ReadFunction;
}

/**
 * Polls a unit once. If a scale factor changed between two requests of the
 * poll, what it concerns is read once more; if it changed yet again, the values
 * stay null with a flag.
 *
 * @throws the reason of `signal`.
 */
export async function sampleDevice(
  reader: RegisterReader,
  unit: SampledUnit,
  plan: PollPlan,
  options: { readonly timeoutMs: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<Sample, SampleFault>> {
  const { unitId, functionCode } = unit;
  const { timeoutMs } = options;
  const image = createImage();
  const startedAtMs = clock.wallMs();
  const startMs = clock.monotonicMs();
  let endMs = startMs;
  let requests = 0;

  async function readAll(spans: readonly Span[]): Promise<SampleFault | undefined> {
    for (const span of spans) {
      const { address, count } = span;
      requests++;
      const answer = await reader.read(
        { unitId, functionCode, address, count, timeoutMs },
        signal,
      );
      endMs = clock.monotonicMs();
      if (!answer.ok) return classify(span, answer.fault);
      image.put(span, answer.value);
    }
    return undefined;
  }

  const fault = await readAll(plan.reads);
  if (fault !== undefined) return bad(fault);
  let outcome = decodePoll(plan, image);
  if (outcome.ok && outcome.rereads.length > 0) {
    const again = await readAll(outcome.rereads);
    if (again !== undefined) return bad(again);
    outcome = decodePoll(plan, image);
  }
  if (!outcome.ok) return bad({ kind: "layout-changed", changes: outcome.changes });
  const { models } = outcome;
  return good({ models, startedAtMs, durationMs: endMs - startMs, requests });
}

function classify(span: Span, fault: ModbusFault): SampleFault {
  const refused = fault.kind === "exception" &&
    (fault.code === EXCEPTION.illegalDataAddress ||
      fault.code === EXCEPTION.illegalDataValue);
  const large = span.count > SMALL_READ_COUNT;
  return { kind: refused && large ? "limit-suspected" : "read", span, fault };
}

/** Says what happened, for people. */
export function describeSampleFault(fault: SampleFault): string {
  if (fault.kind === "layout-changed") {
    return `the device is not laid out as before: ${fault.changes.join("; ")}`;
  }
  const { address, count } = fault.span;
  const what = `reading ${count} registers at ${address}: ${
    describeFault(fault.fault)
  }`;
  return fault.kind === "limit-suspected"
    ? `${what}. Likely the device wants smaller reads, or its models have moved`
    : `${what}${hint(fault.fault)}`;
}

function hint(fault: ModbusFault): string {
  if (fault.kind !== "exception") return "";
  switch (fault.code) {
    case EXCEPTION.gatewayPathUnavailable:
    case EXCEPTION.gatewayTargetFailedToRespond:
      return ". The gateway answers, the unit behind it does not";
    case EXCEPTION.deviceBusy:
      return ". The device is busy";
    default:
      return "";
  }
}
