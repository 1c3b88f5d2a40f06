/**
 * One poll of a device: reads its registers and adapts to what the device refuses.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { effectiveQuirks } from "../device/quirks.ts";
import {
  stricterLimits,
  toLimitQuirks,
  toReadLimits,
} from "../device/read_size_fallback.ts";
import { isPermanentRefusal } from "../discovery/resilient_read.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";
import type { PollPlan } from "../sunspec/plan/poll_plan.ts";
import { withLimits } from "./commissioning/commissioning.ts";
import {
  completeExpected,
  subDeviceAt,
  textChanges,
} from "./commissioning/device_parts.ts";
import { skipRefusedModel } from "./commissioning/skipped_models.ts";
import type { Device, KnownLayout } from "./device.ts";
import { type FailureKind, pollFailureKind } from "./poll_meter.ts";
import {
  describePollFault,
  type PollFault,
  readRegisters,
  type RegisterReading,
  SMALL_READ_COUNT,
} from "./read_registers.ts";

/**
 * Interval of the polls that also read the models whose values seldom change
 * (nameplate, settings, extended status), in ms. Reading them every time would only
 * make polls longer and records larger.
 */
export const FULL_POLL_INTERVAL_MS = 300_000;

/** The result of a poll. */
export type PollResult =
  | {
    readonly kind: "answered";
    readonly reading: RegisterReading;
    /** The plan that was carried out. */
    readonly plan: PollPlan;
  }
  | {
    readonly kind: "missed";
    readonly failure: FailureKind;
    readonly reason: string;
    /** Whether the poll cost a deadline or a connection, which delays other units of the address. */
    readonly silent: boolean;
  }
  | {
    readonly kind: "changed";
    readonly failure: FailureKind;
    readonly reason: string;
  };

/**
 * Polls a device once. A device that refuses large reads is asked for fewer registers,
 * step by step, until a poll succeeds; the limits then stay in effect. A model that
 * is still refused is skipped.
 *
 * @throws the reason of `signal`.
 */
export async function pollDevice(
  reader: RegisterReader,
  device: Device,
  known: KnownLayout,
  clock: Clock,
  signal: AbortSignal,
): Promise<PollResult> {
  const { timeoutMs } = device.entry;
  const startMs = clock.monotonicMs();
  const isFull = startMs - device.fullPollMs >= FULL_POLL_INTERVAL_MS;
  const partAt = (address: number): string | undefined => subDeviceAt(device, address);
  let attempt = known;
  for (;;) {
    const plan = isFull ? attempt.fullPlan : attempt.plan;
    const read = await readRegisters(
      reader,
      attempt.layout,
      plan,
      { timeoutMs, frames: device.frames },
      clock,
      signal,
    );
    if (read.ok) {
      const changes = textChanges(attempt.expected, read.value.identities);
      if (changes.length > 0) {
        const reason = describePollFault({ kind: "layout-changed", changes }, partAt);
        return { kind: "changed", failure: "layout_changed", reason };
      }
      if (isFull) device.fullPollMs = startMs;
      device.known = confirm(attempt, read.value, device);
      return { kind: "answered", reading: read.value, plan };
    }
    const { fault } = read;
    const reason = describePollFault(fault, partAt);
    const failure = pollFailureKind(fault);
    if (fault.kind === "layout-changed") return { kind: "changed", failure, reason };
    const next = adapt(attempt, fault, reason, device);
    if (next !== undefined) {
      attempt = next;
      continue;
    }
    if (fault.kind === "limit-suspected") return { kind: "changed", failure, reason };
    const refused = fault.fault.kind === "exception";
    // A device that is busy, or absent behind its gateway, has kept its layout.
    device.known = refused
      ? { ...known, suspect: known.suspect || isPermanentRefusal(fault.fault) }
      : afterSilence(attempt, fault, device);
    return { kind: "missed", failure, reason, silent: !refused };
  }
}

/** What to try next in the same slot; undefined = nothing. */
function adapt(
  attempt: KnownLayout,
  fault: Exclude<PollFault, { kind: "layout-changed" }>,
  reason: string,
  device: Device,
): KnownLayout | undefined {
  if (isPermanentRefusal(fault.fault) && readsEndIn(attempt, fault.span)) {
    return withoutEnd(attempt);
  }
  if (fault.kind === "limit-suspected" && !attempt.proven) {
    const stricter = stricterLimits(attempt.limits);
    if (stricter !== undefined) return withLimits(attempt, stricter);
  }
  const skipped = skipRefusedModel(attempt, fault);
  if (skipped === undefined) return undefined;
  const { model } = skipped;
  device.skipModel({
    model,
    span: fault.span,
    reason: `model ${model.id} at ${model.address} is skipped: ${reason}`,
  });
  return withLimits(skipped.known, toReadLimits(effectiveQuirks(device.quirks)));
}

/** Whether a read of a poll contains the end of the chain. */
function readsEndIn({ readsEnd, plan, fullPlan }: KnownLayout, span: Span): boolean {
  return readsEnd && (plan.end?.read === span || fullPlan.end?.read === span);
}

/** A device that may refuse reads across the end of its chain: it is read apart. */
function withoutEnd(known: KnownLayout): KnownLayout {
  return withLimits({ ...known, readsEnd: false }, known.limits);
}

/** Keeps what a successful poll proves: the read limits and the identity. */
function confirm(
  before: KnownLayout,
  { identity, identities }: RegisterReading,
  device: Device,
): KnownLayout {
  const expected = completeExpected(before.expected, identities);
  const known = expected === before.expected ? before : { ...before, expected };
  if (!known.proven) {
    const learned = { ...device.quirks.learned, ...toLimitQuirks(known.limits) };
    device.quirks = { ...device.quirks, learned };
  }
  if (known.identity === undefined && identity !== undefined) {
    device.identity = identity;
    const proven = { ...known, proven: true, suspect: false, identity };
    return withLimits(proven, known.limits);
  }
  return known.proven && !known.suspect
    ? known
    : { ...known, proven: true, suspect: false };
}

/**
 * The next limits for a device that did not answer: some devices ignore a large read
 * instead of refusing it. After the strictest limits the configured ones are tried again.
 */
function afterSilence(
  known: KnownLayout,
  { span }: Exclude<PollFault, { kind: "layout-changed" }>,
  device: Device,
): KnownLayout {
  if (!known.proven && readsEndIn(known, span)) return withoutEnd(known);
  if (known.proven || span.count <= SMALL_READ_COUNT) return known;
  const limits = stricterLimits(known.limits) ??
    toReadLimits(effectiveQuirks(device.quirks));
  return withLimits(known, limits);
}
