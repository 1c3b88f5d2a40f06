/**
 * Recognises the parts of a device in each poll, and remembers their numbers.
 *
 * @module
 */

import type { DeviceCache } from "../../device/device_cache.ts";
import { equalModels } from "../../device/equal_parts.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import type {
  NumberedSegment,
  NumberingOptions,
  SeenSegment,
} from "../../device/known_part.ts";
import {
  EMPTY_REGISTRY,
  numberParts,
  type PartRegistry,
  PARTS_MAX,
} from "../../device/part_registry.ts";
import {
  type ChainSegment,
  compatibleTexts,
  completeTexts,
  equalTexts,
  NO_TEXTS,
  type PartTexts,
  segmentsOf,
} from "../../sunspec/chain_parts.ts";
import type { PlacedIdentity, PollChange } from "../../sunspec/decode/poll_check.ts";
import {
  type Identity,
  identityChanges,
  UNKNOWN_IDENTITY,
} from "../../sunspec/identity.ts";
import type { PlannedModel } from "../../sunspec/plan/poll_plan.ts";
import type { SampleParts } from "../sample.ts";

/**
 * Time after which a part that lacks texts, and may be one of several known parts, gets
 * a number of its own, in ms.
 */
export const UNNAMED_WAIT_MS = 600_000;

/**
 * Time after which parts that their texts do not distinguish, and whose number has
 * changed, get numbers of their own, in ms. Longer than inverters that follow the sun
 * take to leave the chain one by one: each number is used once.
 */
export const EQUALS_WAIT_MS = 3_600_000;

/** The parts of a device, as of its last poll. */
export interface DeviceParts {
  /** The device that the registry belongs to. */
  readonly deviceId: string;
  readonly registry: PartRegistry;
  /** The chain that the last poll has read. */
  readonly segments: readonly ChainSegment[] | undefined;
  /** Undefined = no poll has read them yet. */
  readonly sample: SampleParts | undefined;
  /** The models that polls read, as of the last poll. */
  readonly polled: readonly PlannedModel[] | undefined;
  /** Undefined = all parts are recognised. */
  readonly waiting: Waiting | undefined;
}

/** A chain with a part that is not recognised. */
interface Waiting {
  /** Monotonic time since which the chain has these models. */
  readonly sinceMs: number;
  /** The models of each segment that polls read. */
  readonly models: readonly (readonly number[])[];
}

/** The parts of a device before its first poll, from the cache. */
export function loadParts(
  deviceId: string,
  key: string,
  isDerivedId: boolean,
  cache: DeviceCache,
): DeviceParts {
  const cached = cache.get(key);
  const isSame = cached !== undefined && (!isDerivedId || cached.deviceId === deviceId);
  const layout = isSame ? cached.layout : null;
  const registry = cache.parts(deviceId) ??
    (layout === null ? EMPTY_REGISTRY : registryOf(layout));
  return {
    deviceId,
    registry,
    segments: undefined,
    sample: undefined,
    polled: undefined,
    waiting: undefined,
  };
}

/**
 * The registry of a device whose layout is known, but not the texts of its sub-devices:
 * they are numbered by their places.
 */
function registryOf({ models, identity }: DeviceLayout): PartRegistry {
  const chain = segmentsOf(models).map((segment, at): NumberedSegment => ({
    number: at + 1,
    models: segment.models,
    texts: at === 0 ? textsOf(identity) : NO_TEXTS,
  }));
  const parts = chain.map(({ number, texts }) => ({ number, texts }));
  return { parts, chain, instances: 0 };
}

/** What a poll has read of the parts. */
export interface PartsReading {
  readonly segments: readonly ChainSegment[];
  /** The models that polls read. */
  readonly polled: readonly PlannedModel[];
  /** Empty = the poll read no model 1; the parts are those of the poll before. */
  readonly identities: readonly PlacedIdentity[];
  /** The identity of the device itself. */
  readonly identity: Identity;
  readonly nowMs: number;
}

/** How {@linkcode recogniseParts} numbers parts. */
export type PartRules = Pick<Required<NumberingOptions>, "isTaken" | "listOrdered">;

/** Numbers the parts that a poll has read. */
export function recogniseParts(
  before: DeviceParts,
  reading: PartsReading,
  { isTaken, listOrdered }: PartRules,
): DeviceParts {
  if (isUnchanged(before, reading, isTaken)) return before;
  const { segments, polled, identities, identity, nowMs } = reading;
  const models = polledBySegment(segments, polled);
  const seen = segments.map((segment, at): SeenSegment => {
    const own = identityAt(segment, identities) ??
      (at === 0 ? identity : UNKNOWN_IDENTITY);
    return { models: segment.models, polled: models[at] ?? [], texts: textsOf(own) };
  });
  const waiting = isSameChain(before.waiting?.models, models)
    ? before.waiting
    : undefined;
  const waitedMs = nowMs - (waiting?.sinceMs ?? nowMs);
  const { numbers, registry } = numberParts(before.registry, seen, {
    isTaken,
    listOrdered,
    acceptsUnnamed: waitedMs >= UNNAMED_WAIT_MS,
    acceptsEquals: waitedMs >= EQUALS_WAIT_MS,
  });
  return {
    deviceId: before.deviceId,
    registry,
    segments,
    polled,
    sample: {
      segments: segments.map((segment, at) => ({
        address: segment.address,
        number: numbers[at] ?? null,
        identity: at === 0
          ? identity
          : identityAt(segment, identities) ?? UNKNOWN_IDENTITY,
      })),
      subDevices: new Set([
        ...registry.parts.map(({ number }) => number).filter((number) => number > 1),
        ...numbersUpTo(PARTS_MAX).filter(isTaken),
      ]),
      instances: registry.instances,
    },
    waiting: numbers.includes(null) ? waiting ?? { sinceMs: nowMs, models } : undefined,
  };
}

function identityAt(
  { common }: ChainSegment,
  identities: readonly PlacedIdentity[],
): Identity | undefined {
  return identities.find(({ address }) => address === common)?.identity;
}

/** The ids of the polled models of each segment. */
function polledBySegment(
  segments: readonly ChainSegment[],
  polled: readonly PlannedModel[],
): readonly (readonly number[])[] {
  return segments.map(({ address }, at) => {
    const end = segments[at + 1]?.address ?? Infinity;
    return polled
      .filter((model) => model.at.address >= address && model.at.address < end)
      .map((model) => model.at.id);
  });
}

function isSameChain(
  before: Waiting["models"] | undefined,
  now: Waiting["models"],
): boolean {
  return before?.length === now.length &&
    now.every((models, at) => equalModels(models, before[at] ?? []));
}

/** Whether a poll has read what the poll before has read: the usual case. */
function isUnchanged(
  before: DeviceParts,
  { segments, polled, identities }: PartsReading,
  isTaken: PartRules["isTaken"],
): boolean {
  const { sample } = before;
  if (sample === undefined || before.segments !== segments) return false;
  if (before.polled !== polled) return false;
  if (identities.length === 0) return true;
  return before.waiting === undefined &&
    sample.segments.every(({ number, identity }, at) => {
      if (number !== null && number > 1 && isTaken(number)) return false;
      const seen = identities.find(({ address }) => address === segments[at]?.common);
      const fallback = at === 0 ? identity : UNKNOWN_IDENTITY;
      return equalIdentities(seen?.identity ?? fallback, identity);
    });
}

/** The parts with the number of inverters and meters of the device itself. */
export function withInstances(parts: DeviceParts, instances: number): DeviceParts {
  const { registry, sample } = parts;
  if (instances <= registry.instances) return parts;
  return {
    ...parts,
    registry: { ...registry, instances },
    sample: sample === undefined ? undefined : { ...sample, instances },
  };
}

/** Whether the registry states more than the layout in the cache: only then is it stored. */
export function isWorthCaching({ parts, instances }: PartRegistry): boolean {
  return instances > 0 || parts.length > 1 ||
    parts.some(({ equals }) => equals !== undefined);
}

/** The id of the sub-device at an address, as of the last poll; undefined = the device itself. */
export function subDeviceAt(
  { parts }: { readonly parts: DeviceParts | undefined },
  address: number,
): string | undefined {
  const segment = parts?.sample?.segments.findLast((each) => each.address <= address);
  const number = segment?.number ?? 1;
  return parts === undefined || number === 1
    ? undefined
    : `${parts.deviceId}.${number}`;
}

/** The texts of each model 1, by its address. */
export type TextsByAddress = ReadonlyMap<number, PartTexts>;

/** The texts that later polls must read, completed by those of this poll. */
export function completeExpected(
  expected: TextsByAddress,
  identities: readonly PlacedIdentity[],
): TextsByAddress {
  let completed: Map<number, PartTexts> | undefined;
  for (const { address, identity } of identities) {
    const known = expected.get(address) ?? NO_TEXTS;
    const texts = completeTexts(known, identity);
    const isNew = texts.manufacturer !== known.manufacturer ||
      texts.model !== known.model || texts.serial !== known.serial;
    if (isNew) (completed ??= new Map(expected)).set(address, texts);
  }
  return completed ?? expected;
}

/** The texts that contradict the expected ones; an empty text contradicts none. */
export function textChanges(
  expected: TextsByAddress,
  identities: readonly PlacedIdentity[],
): PollChange[] {
  return identities.flatMap(({ address, identity }) => {
    const known = expected.get(address);
    if (known === undefined || compatibleTexts(known, identity)) return [];
    const { options, firmware } = identity;
    const changes = identityChanges(
      { ...completeTexts(known, identity), options, firmware },
      { ...completeTexts(identity, known), options, firmware },
    );
    return changes.map((text) => ({ address, text }));
  });
}

/** Options are not compared: some devices change them every minute. */
function equalIdentities(one: Identity, other: Identity): boolean {
  return equalTexts(one, other) && one.firmware === other.firmware;
}

function numbersUpTo(highest: number): number[] {
  return Array.from({ length: highest - 1 }, (_, at) => at + 2);
}

function textsOf({ manufacturer, model, serial }: PartTexts): PartTexts {
  return { manufacturer, model, serial };
}
