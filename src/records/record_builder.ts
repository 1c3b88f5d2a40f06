/**
 * Builds the records of one device from its decoded models: splits the chain into
 * sub-devices, filters implausible values and normalises.
 *
 * @module
 */

import type { DecodedModel } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { type Identity, identityOf } from "../sunspec/identity.ts";
import { COMMON_MODEL_ID } from "../sunspec/spec.ts";
import type { PollContext } from "./draft.ts";
import { type DefinedModel, modelDrafts } from "./model_record.ts";
import { normalise, type NormaliseOptions } from "./normalise/normalise.ts";
import {
  createPlausibilityFilter,
  type PlausibilityFilter,
} from "./plausibility/plausibility_filter.ts";
import type { Draft } from "./record.ts";

/** Which variant to use if a device has an integer and a float model of the same values. */
export type ModelPreference = NonNullable<NormaliseOptions["prefer"]>;

/** A form in which readings are published: normalised records, or one record per model. */
export type Publication = "normalized" | "models";

/** Which records are made of a device, as configured. */
export interface RecordSettings {
  readonly prefer: ModelPreference;
  readonly publish: readonly Publication[];
}

/** The settings of devices without a configuration of their own. */
export const DEFAULT_RECORD_SETTINGS: RecordSettings = {
  prefer: "float",
  publish: ["normalized"],
};

/** Builds the records of one device, poll by poll. Its state is not kept across restarts. */
export interface RecordBuilder {
  /**
   * Builds the drafts of one poll.
   *
   * A second model 1 in the chain begins a sub-device: `<id>.2` with its own identity,
   * the next one `<id>.3`. The first keeps the device's own id.
   *
   * @param planned the definitions of the models, in the same order.
   * @param atMs monotonic time of the poll, in ms.
   * @param settings {@linkcode DEFAULT_RECORD_SETTINGS} if absent.
   */
  build(
    context: PollContext,
    models: readonly DecodedModel[],
    planned: readonly { readonly definition: ModelDefinition }[],
    atMs: number,
    settings?: Partial<RecordSettings>,
  ): Draft[];
}

/** Creates a builder without any earlier poll. */
export function createRecordBuilder(): RecordBuilder {
  const filters: PlausibilityFilter[] = [];
  return {
    build(context, models, planned, atMs, settings = {}) {
      const used = { ...DEFAULT_RECORD_SETTINGS, ...settings };
      const parts = splitChain(models, planned);
      return parts.flatMap((part, index) => {
        const filter = filters[index] ??= createPlausibilityFilter();
        if (parts.length === 1) return buildPart(context, part, filter, atMs, used);
        const deviceId = `${context.deviceId}.${index + 1}`;
        const drafts = buildPart({ ...context, deviceId }, part, filter, atMs, used);
        // `<id>.1` has the id of the device itself, except where `<id>.1.1` follows.
        return index > 0
          ? drafts
          : drafts.map((draft) => withDeviceId(draft, deviceId, context.deviceId));
      });
    },
  };
}

function buildPart(
  context: PollContext,
  { identity = context.identity, models: defined }: ChainPart,
  filter: PlausibilityFilter,
  atMs: number,
  { prefer, publish }: RecordSettings,
): Draft[] {
  const own = { ...context, identity };
  const models = defined.map(({ model }) => model);
  const filtered = filter.filterModels(identity, models, defined, atMs);
  return [
    ...publish.includes("normalized")
      ? filter.filterDrafts(normalise(own, filtered, { prefer }), filtered, atMs)
      : [],
    ...publish.includes("models") ? modelDrafts(own, defined) : [],
  ];
}

function withDeviceId(draft: Draft, from: string, to: string): Draft {
  if (draft.source.device_id !== from) return draft;
  return { ...draft, source: { ...draft.source, ["device_id"]: to } };
}

/** The models of one sub-device. */
interface ChainPart {
  /** Undefined = the device's own identity. */
  readonly identity?: Identity;
  readonly models: DefinedModel[];
}

/**
 * Splits a chain where a sub-device begins. A model 1 that repeats the one before it
 * begins none, unless it is empty: some devices report no texts at night.
 */
function splitChain(
  models: readonly DecodedModel[],
  planned: readonly { readonly definition: ModelDefinition }[],
): ChainPart[] {
  const first: ChainPart = { models: [] };
  const parts = [first];
  let last: Identity | undefined;
  for (const [at, model] of models.entries()) {
    const definition = planned[at]?.definition;
    if (definition === undefined) continue;
    if (model.id === COMMON_MODEL_ID) {
      const identity = identityOf(model);
      if (last !== undefined && !isSameDevice(last, identity)) {
        parts.push({ identity, models: [] });
      }
      last = identity;
    }
    parts.at(-1)?.models.push({ model, definition });
  }
  return parts;
}

function isSameDevice(one: Identity, other: Identity): boolean {
  const texts = ["manufacturer", "model", "serial"] as const;
  return texts.every((text) => one[text] === other[text]) &&
    texts.some((text) => one[text] !== null);
}
