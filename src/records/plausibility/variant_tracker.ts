/**
 * Keeps the counters of a stream continuous when another model variant of the device
 * starts to feed it: integers instead of floats, 714 instead of 160. The counters of
 * each model are compared with earlier readings of that model only. Two models may
 * still report different values of one counter, for example because of float32
 * rounding.
 *
 * @module
 */

import type { PlausibilityReason } from "../../sunspec/decode/decode.ts";
import { classifyReading, type CounterClass, type CounterState } from "./counter.ts";
import { flowOfUnits, type PeakFlow, perHourMaxOf } from "./counter_points.ts";
import {
  counterUnitOf,
  forEachCounter,
  hasSeveralVariants,
  nullCounters,
} from "./variant_counters.ts";
import { qualityOf, worseQuality } from "../quality.ts";
import { type Draft, withFields } from "../record.ts";

/** Tracks the streams of one device. Its state lasts until the agent stops. */
export interface VariantTracker {
  /**
   * Filters the drafts of one poll; a draft without a finding is returned as the
   * same object. A counter of the new model that is below the last sent value, or
   * farther above it than the elapsed time allows, is null and flagged until it
   * has caught up.
   *
   * @param models the models that the poll read.
   * @param atMs monotonic time of the poll, in ms.
   */
  filterDrafts(
    drafts: readonly Draft[],
    models: readonly { readonly id: number }[],
    atMs: number,
  ): Draft[];
  /** Resets the state; used when another device takes the place of the previous one. */
  clear(): void;
}

interface StreamState {
  previous: Draft;
  atMs: number;
  modelId: unknown;
  stringsId: unknown;
  /** The last sent values by field; updated while the device reports several variants. */
  readonly sent: Map<string, number>;
  /** Counters that have not caught up with the value sent before the variant changed. */
  readonly pending: Map<string, CounterState>;
}

/** Creates a tracker without any earlier draft. */
export function createVariantTracker(): VariantTracker {
  /** By record type and device id. */
  const streams = new Map<string, Map<string, StreamState>>();
  return {
    filterDrafts(drafts, models, atMs) {
      const several = hasSeveralVariants(models);
      return drafts.map((draft) => {
        const { type, source: { device_id: deviceId } } = draft;
        const ofType = streams.get(type) ?? new Map<string, StreamState>();
        streams.set(type, ofType);
        const stream = ofType.get(deviceId);
        if (stream !== undefined) return filterNext(stream, draft, several, atMs);
        ofType.set(deviceId, startStream(draft, several, atMs));
        return draft;
      });
    },
    clear() {
      streams.clear();
    },
  };
}

function startStream(draft: Draft, several: boolean, atMs: number): StreamState {
  const { modelId, stringsId } = variantOf(draft);
  const sent = new Map<string, number>();
  if (several) recordCounters(sent, draft);
  return { previous: draft, atMs, modelId, stringsId, sent, pending: new Map() };
}

/** The models that a record comes from. */
function variantOf(
  draft: Draft,
): { readonly modelId?: unknown; readonly stringsId?: unknown } {
  if (draft.flat !== undefined) return draft.flat;
  const { sunspec_model_id: modelId, strings_model_id: stringsId } = draft.fields;
  return { modelId, stringsId };
}

/** Filters the next draft of a stream. A device with one variant costs two comparisons. */
function filterNext(
  stream: StreamState,
  draft: Draft,
  several: boolean,
  atMs: number,
): Draft {
  const { sent, pending, previous } = stream;
  const variant = variantOf(draft);
  const modelId = variant.modelId ?? stream.modelId;
  // A poll without inputs does not change their variant.
  const stringsId = variant.stringsId ?? stream.stringsId;
  if (modelId !== stream.modelId || stringsId !== stream.stringsId) {
    recordCounters(sent, previous);
    for (const [field, value] of sent) {
      const baseline = { value, roseMs: stream.atMs };
      pending.set(field, { baseline, candidate: undefined });
    }
    stream.modelId = modelId;
    stream.stringsId = stringsId;
  }
  const filtered = pending.size === 0
    ? draft
    : nullPending(pending, previous, draft, atMs);
  if (several || pending.size > 0) recordCounters(sent, filtered);
  stream.previous = filtered;
  stream.atMs = atMs;
  return filtered;
}

/** The draft with the counters null that have not caught up; the others are removed from `pending`. */
function nullPending(
  pending: Map<string, CounterState>,
  previous: Draft,
  draft: Draft,
  atMs: number,
): Draft {
  const flow = flowOf(draft);
  const running = flow === undefined || flow.power > 0 || flow.current > 0;
  const peak = largerFlow(flow, flowOf(previous));
  const flags = new Set(draft.source.flags);
  const reasons: PlausibilityReason[] = [];
  const fields = nullCounters(draft, (field, value) => {
    const state = pending.get(field);
    if (state?.baseline === undefined) return false;
    if (RESTART_REASONS.some((reason) => flags.has(`${field}:${reason}`))) {
      pending.delete(field);
      return false;
    }
    const { state: after, result } = isRoundedDown(state.baseline.value, value)
      ? { state, result: ROUNDED_DOWN }
      : classifyReading(state, {
        value,
        modulus: Infinity,
        perHourMax: perHourMaxOf(flowOfUnits(counterUnitOf(field)), null, peak),
        atMs,
        running,
        credible: true,
      });
    const isPlausible = result.kind === "plausible";
    if (isPlausible) pending.delete(field);
    else pending.set(field, after);
    if (result.reason !== undefined) {
      flags.add(`${field}:${result.reason}`);
      reasons.push(result.reason);
    }
    return !isPlausible;
  });
  if (reasons.length === 0) return draft;
  const quality = worseQuality(draft.source.quality, qualityOf(reasons));
  const source = { ...draft.source, quality, flags: [...flags].sort() };
  return withFields(draft, source, fields);
}

/** Reasons by which the counter filter has already accepted a restart from another value. */
const RESTART_REASONS = ["counter-reset", "counter-wrapped"] as const;

const ROUNDED_DOWN: CounterClass = { kind: "implausible", reason: "counter-back" };

/** The distance between two float32 values, as a share of the larger one (IEEE 754). */
const FLOAT32_STEP = 2 ** -23;

/** Whether a value is lower only by float32 rounding. Such readings never count as a reset. */
function isRoundedDown(sent: number, value: number): boolean {
  return value < sent && sent - value <= sent * FLOAT32_STEP;
}

/** The power and current in a record; undefined = it has neither. */
function flowOf({ fields }: Draft): PeakFlow | undefined {
  const powers = ["ac_power_w", "dc_power_w"].map((name) => fields[name]);
  const currents = ["ac_current_a", "dc_current_a"].map((name) => fields[name]);
  const isKnown = [...powers, ...currents].some((value) => typeof value === "number");
  return isKnown ? { power: largest(powers), current: largest(currents) } : undefined;
}

function largerFlow(
  one: PeakFlow | undefined,
  other: PeakFlow | undefined,
): PeakFlow | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    power: Math.max(one.power, other.power),
    current: Math.max(one.current, other.current),
  };
}

function largest(values: readonly unknown[]): number {
  return Math.max(
    0,
    ...values.map((value) => typeof value === "number" ? Math.abs(value) : 0),
  );
}

function recordCounters(sent: Map<string, number>, draft: Draft): void {
  forEachCounter(draft, (field, value) => {
    sent.set(field, value);
  });
}
