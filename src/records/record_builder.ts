/**
 * Builds the records of one device from its decoded models: splits the chain into
 * sub-devices, filters implausible values and normalises.
 *
 * @module
 */

import type { Sample, SampleParts } from "../poller/sample.ts";
import { partStarts, segmentsOf } from "../sunspec/chain_parts.ts";
import { toNamed } from "../sunspec/decode/decode.ts";
import type { ModelReading } from "../sunspec/decode/model_reading.ts";
import { type Identity, identityOf } from "../sunspec/identity.ts";
import type { PollContext } from "./draft.ts";
import { type DefinedModel, modelDrafts } from "./model_record.ts";
import { createFlatNormaliser, type FlatNormaliser } from "./flat/flat_plan.ts";
import type { NormaliseOptions } from "./normalise/normalise.ts";
import {
  createPlausibilityFilter,
  type PlausibilityFilter,
} from "./plausibility/plausibility_filter.ts";
import { type Draft, withSource } from "./record.ts";

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

/** The context of a poll; without parts, those of a device that is seen for the first time. */
export type BuildContext = PollContext & Partial<Pick<Sample, "parts">>;

/** Builds the records of one device, poll by poll. Its state is not kept across restarts. */
export interface RecordBuilder {
  /**
   * Builds the drafts of one poll.
   *
   * The device itself has its own id, its sub-device with number n has `<id>.<n>` and
   * the identity of its own model 1. Sub-devices without a number give no draft.
   *
   * @param atMs monotonic time of the poll, in ms.
   * @param settings {@linkcode DEFAULT_RECORD_SETTINGS} if absent.
   */
  build(
    context: BuildContext,
    models: readonly ModelReading[],
    atMs: number,
    settings?: Partial<RecordSettings>,
  ): Draft[];
}

/** Creates a builder without any earlier poll. */
export function createRecordBuilder(): RecordBuilder {
  /** By the number of the part. */
  const states = new Map<number, PartState>();

  const ownIdOf = createOwnIds();

  function stateOf(number: number, deviceId: string): PartState {
    const known = states.get(number);
    if (known?.deviceId === deviceId) return known;
    const state = {
      filter: known?.filter ?? createPlausibilityFilter(),
      normaliser: known?.normaliser ?? createFlatNormaliser(),
      deviceId,
      partId: `${deviceId}.${number}`,
    };
    states.set(number, state);
    return state;
  }

  return {
    build(context, models, atMs, settings = {}) {
      const used = { ...DEFAULT_RECORD_SETTINGS, ...settings };
      const parts = context.parts ?? partsAtFirstSight(models, context.identity);
      return splitChain(models, parts).flatMap((part) => {
        const { deviceId } = context;
        const state = stateOf(part.number, deviceId);
        const own = { ...context, deviceId: state.partId, identity: part.identity };
        const drafts = buildPart(own, part.models, state, atMs, used);
        return part.number !== 1 ? drafts : drafts.map((draft) => {
          const id = ownIdOf(draft.source.device_id, deviceId, parts);
          return withSource(draft, { ...draft.source, ["device_id"]: id });
        });
      });
    },
  };
}

/** What is kept of one part between polls. */
interface PartState {
  readonly filter: PlausibilityFilter;
  readonly normaliser: FlatNormaliser;
  readonly deviceId: string;
  /** `<id>.<n>`. */
  readonly partId: string;
}

function definedModelOf(reading: ModelReading): DefinedModel {
  return { model: toNamed(reading), definition: reading.table.definition };
}

function buildPart(
  context: PollContext,
  models: readonly ModelReading[],
  { filter, normaliser }: PartState,
  atMs: number,
  { prefer, publish }: RecordSettings,
): Draft[] {
  const filtered = filter.filterModels(context.identity, models, atMs);
  const drafts: Draft[] = [];
  if (publish.includes("normalized")) {
    const normalised = normaliser.normalise(context, filtered, { prefer });
    drafts.push(...filter.filterDrafts(normalised, filtered, atMs));
  }
  if (publish.includes("models")) {
    drafts.push(...modelDrafts(context, models.map(definedModelOf)));
  }
  return drafts;
}

/**
 * The ids of the records of the device itself: `<id>.1` becomes `<id>`, and its k-th
 * inverter or meter, `<id>.1.<k>`, becomes `<id>.<k>` unless sub-devices use such ids.
 * Equal ids are the same string: streams are looked up by them in every poll.
 */
function createOwnIds(): (
  id: string,
  deviceId: string,
  parts: SampleParts,
) => string {
  let last: Pick<SampleParts, "subDevices" | "instances"> & { readonly of: string } = {
    of: "",
    subDevices: new Set(),
    instances: 0,
  };
  const ids = new Map<string, string>();
  return (id, deviceId, { subDevices, instances }) => {
    if (
      last.of !== deviceId || last.subDevices !== subDevices ||
      last.instances !== instances
    ) {
      last = { of: deviceId, subDevices, instances };
      ids.clear();
    }
    const known = ids.get(id);
    if (known !== undefined) return known;
    const suffix = id.slice(`${deviceId}.1`.length);
    const isFlat = subDevices.size === 0 ||
      (instances > 0 && !subDevices.has(Number(suffix.slice(1))));
    const own = suffix === "" || isFlat ? `${deviceId}${suffix}` : id;
    ids.set(id, own);
    return own;
  };
}

/** The models of one part. */
interface ChainPart {
  readonly number: number;
  readonly identity: Identity;
  readonly models: readonly ModelReading[];
}

/** Assigns the models to the parts; models of a part without a number are left out. */
function splitChain(
  models: readonly ModelReading[],
  { segments }: SampleParts,
): ChainPart[] {
  const [only] = segments;
  if (segments.length === 1 && only !== undefined) {
    const { number, identity } = only;
    return number === null || models.length === 0 ? [] : [{ number, identity, models }];
  }
  const parts = new Map<number, ChainPart & { readonly models: ModelReading[] }>();
  for (const model of models) {
    const segment = segments.findLast(({ address }) => address <= model.address) ??
      segments[0];
    if (segment === undefined) continue;
    const { number, identity } = segment;
    if (number === null) continue;
    const part = parts.get(number) ?? { number, identity, models: [] };
    part.models.push(model);
    parts.set(number, part);
  }
  return [...parts.values()];
}

/** Numbers the parts in chain order. */
function partsAtFirstSight(
  models: readonly ModelReading[],
  identity: Identity,
): SampleParts {
  const segments = segmentsOf(models).map(({ address, common }, at) => {
    const model = models.find((each) => each.address === common);
    const texts = model === undefined ? identity : identityOf(toNamed(model));
    return { address, identity: at === 0 ? identity : texts, texts };
  });
  const starts = partStarts(segments.map(({ texts }) => texts));
  let number = 0;
  const numbered = segments.map(({ address, identity: own }, at) => {
    if (starts[at] === true) number++;
    return { address, identity: own, number };
  });
  const subDevices = new Set(numbered.map((each) => each.number).filter((n) => n > 1));
  return { segments: numbered, subDevices, instances: 0 };
}
