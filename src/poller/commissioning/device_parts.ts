/**
 * Recognises the parts of a device in each poll, and remembers their numbers.
 *
 * @module
 */

import type { DeviceCache } from "../../device/device_cache.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import {
  EMPTY_REGISTRY,
  type NumberedSegment,
  numberParts,
  type PartRegistry,
  PARTS_MAX,
  type SeenSegment,
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
import type { SampleParts } from "../sample.ts";

/**
 * Time after which a part that lacks texts, and may be one of several known parts, gets
 * a number of its own, in ms.
 */
export const UNNAMED_WAIT_MS = 600_000;

/** The parts of a device, as of its last poll. */
export interface DeviceParts {
  /** The device that the registry belongs to. */
  readonly deviceId: string;
  readonly registry: PartRegistry;
  /** The chain that the last poll has read. */
  readonly segments: readonly ChainSegment[] | undefined;
  /** Undefined = no poll has read them yet. */
  readonly sample: SampleParts | undefined;
  /** Monotonic time since which a part is not recognised; undefined = all are. */
  readonly unnamedSinceMs: number | undefined;
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
    unnamedSinceMs: undefined,
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
  /** Empty = the poll read no model 1; the parts are those of the poll before. */
  readonly identities: readonly PlacedIdentity[];
  /** The identity of the device itself. */
  readonly identity: Identity;
  readonly nowMs: number;
}

/** Numbers the parts that a poll has read. */
export function recogniseParts(
  before: DeviceParts,
  { segments, identities, identity, nowMs }: PartsReading,
  isTaken: (number: number) => boolean,
): DeviceParts {
  if (isUnchanged(before, segments, identities, isTaken)) return before;
  const seen = segments.map(({ models, common }, at): SeenSegment => {
    const own = identities.find(({ address }) => address === common)?.identity;
    return { models, texts: textsOf(own ?? (at === 0 ? identity : UNKNOWN_IDENTITY)) };
  });
  const sinceMs = before.unnamedSinceMs ?? nowMs;
  const { numbers, registry } = numberParts(before.registry, seen, {
    isTaken,
    acceptsUnnamed: nowMs - sinceMs >= UNNAMED_WAIT_MS,
  });
  return {
    deviceId: before.deviceId,
    registry,
    segments,
    sample: {
      segments: segments.map(({ address, common }, at) => ({
        address,
        number: numbers[at] ?? null,
        identity: at === 0
          ? identity
          : identities.find((each) => each.address === common)?.identity ??
            UNKNOWN_IDENTITY,
      })),
      subDevices: new Set([
        ...registry.parts.map(({ number }) => number).filter((number) => number > 1),
        ...numbersUpTo(PARTS_MAX).filter(isTaken),
      ]),
      instances: registry.instances,
    },
    unnamedSinceMs: numbers.includes(null) ? sinceMs : undefined,
  };
}

/** Whether a poll has read what the poll before has read: the usual case. */
function isUnchanged(
  { segments: last, sample, unnamedSinceMs }: DeviceParts,
  segments: readonly ChainSegment[],
  identities: readonly PlacedIdentity[],
  isTaken: (number: number) => boolean,
): boolean {
  if (sample === undefined || last !== segments) return false;
  if (identities.length === 0) return true;
  return unnamedSinceMs === undefined &&
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
  return instances > 0 || parts.length > 1;
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
