/**
 * Where a stream's counters go on when another of a device's models begins to
 * feed it: integers in the place of floats, 714 in the place of 160. Each model's
 * counters are guarded by their own past; two models of one counter need not
 * agree, if only by the rounding of a float32.
 *
 * @module
 */

import type { DecodedModel, GuardReason } from "../../sunspec/decode/decode.ts";
import { type CounterState, judge } from "./counter.ts";
import { type Flow, perHourMaxOf } from "./counter_points.ts";
import { showsSeveral, unitOf, withoutCounters } from "./variant_counters.ts";
import { qualityOf, worseOf } from "../quality.ts";
import type { Draft } from "../record.ts";

/** Watches the streams of one device. What it remembers ends with the agent. */
export interface FormWatch {
  /**
   * The drafts as they may be sent; the very same object where there is nothing
   * to say of one. A counter that the new model shows below what was sent, or
   * farther above it than time allows, is null with a flag until it has passed.
   *
   * @param models what the poll read.
   * @param atMs monotonic time of the poll, in ms.
   */
  follow(
    drafts: readonly Draft[],
    models: readonly DecodedModel[],
    atMs: number,
  ): Draft[];
  /** Forgets all: another device stands in the old one's place. */
  clear(): void;
}

interface Stream {
  previous: Draft;
  atMs: number;
  modelId: unknown;
  stringsId: unknown;
  /** The last values, by field; kept while the device shows several forms. */
  readonly sent: Map<string, number>;
  /** Counters that have not yet passed what was sent before the form changed. */
  readonly pending: Map<string, CounterState>;
}

/** Makes a watch that knows nothing yet. */
export function createFormWatch(): FormWatch {
  const streams = new Map<string, Stream>();
  return {
    follow(drafts, models, atMs) {
      const several = showsSeveral(models);
      return drafts.map((draft) => {
        const { type, source, fields } = draft;
        const key = `${type}/${source.device_id}`;
        const stream = streams.get(key);
        if (stream !== undefined) return next(stream, draft, several, atMs);
        const { sunspec_model_id: modelId, strings_model_id: stringsId } = fields;
        const sent = new Map<string, number>();
        if (several) remember(sent, draft);
        const pending = new Map<string, CounterState>();
        streams.set(key, { previous: draft, atMs, modelId, stringsId, sent, pending });
        return draft;
      });
    },
    clear() {
      streams.clear();
    },
  };
}

/** The stream's next draft. A device with one form pays for two comparisons. */
function next(stream: Stream, draft: Draft, several: boolean, atMs: number): Draft {
  const { sent, pending, previous } = stream;
  const modelId = draft.fields["sunspec_model_id"] ?? stream.modelId;
  // A poll without inputs is no other form of them.
  const stringsId = draft.fields["strings_model_id"] ?? stream.stringsId;
  if (modelId !== stream.modelId || stringsId !== stream.stringsId) {
    remember(sent, previous);
    for (const [field, value] of sent) {
      const trusted = { value, roseMs: stream.atMs };
      pending.set(field, { trusted, doubted: undefined });
    }
    stream.modelId = modelId;
    stream.stringsId = stringsId;
  }
  const passed = pending.size === 0 ? draft : hold(pending, previous, draft, atMs);
  if (several || pending.size > 0) remember(sent, passed);
  stream.previous = passed;
  stream.atMs = atMs;
  return passed;
}

/** The draft without the counters that have not passed; `pending` loses those that have. */
function hold(
  pending: Map<string, CounterState>,
  previous: Draft,
  draft: Draft,
  atMs: number,
): Draft {
  const shown = flowOf(draft);
  const before = flowOf(previous);
  const most = shown === undefined || before === undefined ? shown ?? before : {
    power: Math.max(shown.power, before.power),
    current: Math.max(shown.current, before.current),
  };
  const flags = new Set(draft.source.flags);
  const reasons: GuardReason[] = [];
  const fields = withoutCounters(draft, (field, value) => {
    const state = pending.get(field);
    if (state?.trusted === undefined) return false;
    if (BELIEVED.some((reason) => flags.has(`${field}:${reason}`))) {
      pending.delete(field);
      return false;
    }
    const { state: after, verdict } = isRounded(state.trusted.value, value)
      ? { state, verdict: ROUNDED }
      : judge(state, {
        value,
        modulus: Infinity,
        perHourMax: perHourMaxOf({ units: unitOf(field) }, null, most),
        atMs,
        running: shown === undefined || shown.power > 0 || shown.current > 0,
        credible: true,
      });
    if (verdict.passes) pending.delete(field);
    else pending.set(field, after);
    if (verdict.reason !== undefined) {
      flags.add(`${field}:${verdict.reason}`);
      reasons.push(verdict.reason);
    }
    return !verdict.passes;
  });
  if (reasons.length === 0) return draft;
  const quality = worseOf(draft.source.quality, qualityOf(reasons));
  return {
    ...draft,
    fields,
    source: { ...draft.source, quality, flags: [...flags].sort() },
  };
}

/** Reasons by which the guard says itself that a counter goes on from elsewhere. */
const BELIEVED = ["counter-reset", "counter-wrapped"] as const;

const ROUNDED = { passes: false, reason: "counter-back" } as const;

/** The distance between two values of float32, as a share of the larger (IEEE 754). */
const FLOAT32_STEP = 2 ** -23;

/** Whether a value is lower by no more than a float32 rounds: no number of such readings is a reset. */
function isRounded(sent: number, value: number): boolean {
  return value < sent && sent - value <= sent * FLOAT32_STEP;
}

/** What flows through a device by its record; undefined = it does not say. */
function flowOf({ fields }: Draft): Flow | undefined {
  const powers = ["ac_power_w", "dc_power_w"].map((name) => fields[name]);
  const currents = ["ac_current_a", "dc_current_a"].map((name) => fields[name]);
  const said = [...powers, ...currents].some((value) => typeof value === "number");
  return said ? { power: largest(powers), current: largest(currents) } : undefined;
}

function largest(values: readonly unknown[]): number {
  return Math.max(
    0,
    ...values.map((value) => typeof value === "number" ? Math.abs(value) : 0),
  );
}

function remember(sent: Map<string, number>, draft: Draft): void {
  withoutCounters(draft, (field, value) => {
    sent.set(field, value);
    return false;
  });
}
