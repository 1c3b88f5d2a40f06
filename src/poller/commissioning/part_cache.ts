/**
 * Keeps the parts of a device up to date with its polls, and stores their numbers in
 * the device cache.
 *
 * @module
 */

import type { DeviceCache } from "../../device/device_cache.ts";
import { repeatedModels } from "../../device/equal_parts.ts";
import type { NumberedSegment } from "../../device/known_part.ts";
import { COMMON_MODEL_ID } from "../../sunspec/spec.ts";
import type { IdRegistry } from "../../device/id_registry.ts";
import type { Clock } from "../../base/clock.ts";
import type { Device, KnownLayout } from "../device.ts";
import { describeLeftOut } from "../device_omissions.ts";
import type { ModelSelection, SampleSink } from "../sample.ts";
import { describeParts, layoutDifference } from "./layout_difference.ts";
import type { RegisterReading } from "../read_registers.ts";
import {
  type DeviceParts,
  isWorthCaching,
  recogniseParts,
  withInstances,
} from "./device_parts.ts";

/** The interfaces that {@linkcode updateParts} uses. */
export interface PartDependencies {
  readonly cache: DeviceCache;
  readonly ids: IdRegistry;
  readonly clock: Clock;
  readonly sink: Pick<SampleSink, "layoutChanged">;
  readonly models: Pick<ModelSelection, "listOrdered">;
}

/** Numbers the parts that a successful poll has read, and reports what came and went. */
export function updateParts(
  device: Device,
  { identities }: RegisterReading,
  { segments, models: polled }: Pick<KnownLayout, "segments" | "models">,
  { cache, ids, clock, sink, models }: PartDependencies,
): void {
  const { parts, identity, entry: { key, unitId, allModels } } = device;
  if (parts === undefined || identity === null) return;
  const { deviceId } = parts;
  const nowMs = clock.monotonicMs();
  const next = recogniseParts(
    parts,
    { segments, polled, identities, identity, nowMs },
    {
      isTaken(number) {
        const owner = ids.ownerOf(`${deviceId}.${number}`);
        return owner !== undefined && owner !== key;
      },
      listOrdered: (of) =>
        allModels ? withRepeated(models.listOrdered(of), of) : models.listOrdered(of),
    },
  );
  if (next === parts) return;
  describeLeftOut(next).forEach(device.logSkipped);
  const change = layoutDifference(deviceId, parts.registry, next.registry);
  // Some inverters have fewer models at night, or only model 1: that is no change, and
  // neither is the morning.
  const isNight = isCommonOnly(next.registry.chain) ||
    (change.came.length === 0 && device.sleepDetector.explainsSilence(nowMs));
  const { chain } = isNight ? parts.registry : next.registry;
  replaceParts(device, { ...next, registry: { ...next.registry, chain } }, cache);
  const isFirst = parts.registry.chain.length === 0;
  if (isNight || isFirst || (change.came.length === 0 && change.went.length === 0)) {
    return;
  }
  const atMs = clock.wallMs();
  device.logLayoutChange({
    at: new Date(atMs).toISOString(),
    came: describeParts(change.came),
    went: describeParts(change.went),
  });
  sink.layoutChanged({ deviceId, unitId, identity, atMs, ...change });
}

/** The ordered models of a device whose models have records of their own too. */
function withRepeated(
  ordered: readonly number[] | null,
  ids: readonly number[],
): readonly number[] | null {
  const repeated = repeatedModels(ids);
  return repeated === null ? ordered : [...ordered ?? [], ...repeated];
}

function isCommonOnly(chain: readonly NumberedSegment[]): boolean {
  return chain.every(({ models }) => models.every((id) => id === COMMON_MODEL_ID));
}

/** Stores how many inverters and meters the device itself has, as its records state. */
export function noteInstances(
  device: Device,
  instances: number,
  cache: DeviceCache,
): void {
  const { parts } = device;
  if (parts !== undefined) replaceParts(device, withInstances(parts, instances), cache);
}

function replaceParts(device: Device, next: DeviceParts, cache: DeviceCache): void {
  const { parts: before } = device;
  device.parts = next;
  const { deviceId, registry } = next;
  if (registry !== before?.registry && isWorthCaching(registry)) {
    cache.setParts(deviceId, registry);
  }
}
