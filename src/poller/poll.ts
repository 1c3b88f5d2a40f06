/**
 * One slot's poll: samples a device and learns, from what it refuses, how it
 * wants to be read.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { isLasting } from "../discovery/resilient_read.ts";
import { effectiveQuirks } from "../device/quirks.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import { identityOf } from "../sunspec/identity.ts";
import type { PlannedModel } from "../sunspec/plan/poll_plan.ts";
import type { Device, Known } from "./device.ts";
import { withLimits } from "./commissioning/commissioning.ts";
import { leaveOut } from "./commissioning/skipped_models.ts";
import { type FailureKind, kindOfSample } from "./poll_meter.ts";
import { limitsOf, stricterLimits, toQuirks } from "../device/read_size_fallback.ts";
import {
  describeSampleFault,
  type Sample,
  sampleDevice,
  type SampleFault,
  SMALL_READ_COUNT,
} from "./sample.ts";

/**
 * How often the models are read that seldom change (nameplate, settings, extended
 * status). Between, they would make polls longer and records larger for nothing.
 */
export const WHOLE_EVERY_MS = 300_000;

/** What came of a poll. */
export type Polled =
  | {
    readonly is: "answered";
    readonly sample: Sample;
    /** What the sample's models were planned as, in the same order. */
    readonly planned: readonly PlannedModel[];
  }
  /** `silent`: it cost a deadline or a connection, which the units beside it felt. */
  | {
    readonly is: "missed";
    readonly kind: FailureKind;
    readonly why: string;
    readonly silent: boolean;
  }
  | { readonly is: "changed"; readonly kind: FailureKind; readonly why: string };

/**
 * Polls a device once. A device that refuses large reads is asked in smaller
 * ones, down its ladder, until a poll answers; from then on that is its way. A model
 * that it refuses even so is left out.
 *
 * @throws the reason of `signal`.
 */
export async function pollDevice(
  reader: RegisterReader,
  device: Device,
  known: Known,
  clock: Clock,
  signal: AbortSignal,
): Promise<Polled> {
  const { timeoutMs } = device.entry;
  const startMs = clock.monotonicMs();
  const isWhole = startMs - device.wholeMs >= WHOLE_EVERY_MS;
  let tried = known;
  for (;;) {
    const { layout } = tried;
    const plan = isWhole ? tried.wholePlan : tried.plan;
    const sampled = await sampleDevice(
      reader,
      layout,
      plan,
      { timeoutMs },
      clock,
      signal,
    );
    if (sampled.ok) {
      if (isWhole) device.wholeMs = startMs;
      device.known = confirm(tried, sampled.value, device);
      return { is: "answered", sample: sampled.value, planned: plan.models };
    }
    const { fault } = sampled;
    const why = describeSampleFault(fault);
    const kind = kindOfSample(fault);
    if (fault.kind === "layout-changed") return { is: "changed", kind, why };
    if (fault.kind === "limit-suspected") {
      const stricter = tried.proven ? undefined : stricterLimits(tried.limits);
      if (stricter !== undefined) {
        tried = withLimits(tried, stricter);
        continue;
      }
    }
    const rest = leaveOut(tried, fault);
    if (rest !== undefined) {
      const { id, address } = rest.model;
      device.leftOut(`model ${id} at ${address} is left out: ${why}`);
      tried = withLimits(rest.known, limitsOf(effectiveQuirks(device.quirks)));
      continue;
    }
    if (fault.kind === "limit-suspected") return { is: "changed", kind, why };
    const refused = fault.fault.kind === "exception";
    // Busy, or away behind its gateway, it is laid out as before.
    device.known = refused
      ? { ...known, doubted: known.doubted || isLasting(fault.fault) }
      : afterSilence(tried, fault, device);
    return { is: "missed", kind, why, silent: !refused };
  }
}

/** What a good poll proves: the way of reading, and who the device is. */
function confirm(known: Known, sample: Sample, device: Device): Known {
  if (!known.proven) {
    const learned = { ...device.quirks.learned, ...toQuirks(known.limits) };
    device.quirks = { ...device.quirks, learned };
  }
  const common = sample.models.find(({ id }) => id === 1);
  if (known.identity === undefined && common !== undefined) {
    const identity = identityOf(common);
    device.identity = identity;
    const proven = { ...known, proven: true, doubted: false, identity };
    return withLimits(proven, known.limits);
  }
  return known.proven && !known.doubted
    ? known
    : { ...known, proven: true, doubted: false };
}

/** Some devices do not refuse a large read, they say nothing: go down the ladder, and round. */
function afterSilence(
  known: Known,
  { span }: Extract<SampleFault, { kind: "read" }>,
  device: Device,
): Known {
  if (known.proven || span.count <= SMALL_READ_COUNT) return known;
  const limits = stricterLimits(known.limits) ??
    limitsOf(effectiveQuirks(device.quirks));
  return withLimits(known, limits);
}
