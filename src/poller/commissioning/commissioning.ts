/**
 * Turns a discovered layout into a device that can be polled: assigns its id, selects
 * the models to read and plans the polls.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { DeviceCache } from "../../device/device_cache.ts";
import { deriveId, deriveIdWithAddress } from "../../device/device_id.ts";
import { identityKey } from "../../device/duplicates.ts";
import { formatAddress } from "../../base/network/address.ts";
import { type IdRegistry, shareAddress } from "../../device/id_registry.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import type { QuirkLookup } from "../../device/quirk_rules.ts";
import { effectiveQuirks } from "../../device/quirks.ts";
import { toReadLimits } from "../../device/read_size_fallback.ts";
import { withNumberForms } from "../../sunspec/definition/number_forms.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { equalTexts, isNamed, segmentsOf } from "../../sunspec/chain_parts.ts";
import type { Identity } from "../../sunspec/identity.ts";
import {
  type PlannedModel,
  planPoll,
  planSerialCheckPoll,
  type PollPlan,
} from "../../sunspec/plan/poll_plan.ts";
import type { ReadLimits } from "../../sunspec/plan/read_plan.ts";
import { COMMON_MODEL_ID } from "../../sunspec/spec.ts";
import type { Device, KnownLayout } from "../device.ts";
import type { RemovedDevices } from "../roster/removed_devices.ts";
import type { ModelSelection } from "../sample.ts";
import { endCheck } from "./chain_check.ts";
import { loadParts, type TextsByAddress } from "./device_parts.ts";

/** The interfaces that commissioning depends on. */
export interface CommissioningDependencies {
  readonly loadDefinition: LoadDefinition;
  readonly models: ModelSelection;
  readonly cache: DeviceCache;
  readonly ids: IdRegistry;
  readonly quirksOf: QuirkLookup;
  readonly removed: RemovedDevices;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whether a chain has only model 1, from which no record is made. */
export function hasOnlyCommonModel(models: readonly PlannedModel[]): boolean {
  return models.every(({ at }) => at.id === COMMON_MODEL_ID);
}

/**
 * Accepts a discovered layout: assigns the device's id and plans its polls.
 *
 * @returns the reason why the device cannot be polled: its chain is incomplete, it has no
 * identity, or another unit of the roster is the same device.
 */
export async function commission(
  device: Device,
  layout: DeviceLayout,
  dependencies: CommissioningDependencies,
): Promise<Result<KnownLayout, string>> {
  const { log } = dependencies;
  const incomplete = checkChainEnd(device, layout);
  if (incomplete !== undefined) return bad(incomplete);
  device.quirks = { ...device.quirks, ...dependencies.quirksOf(layout.identity) };
  const id = assignId(device, layout, dependencies);
  if (!id.ok) return id;
  const models = await selectModels(device, layout, dependencies);
  device.setDeviceId(id.value);
  if (device.parts?.deviceId !== id.value) {
    const { key, deviceId } = device.entry;
    device.parts = loadParts(id.value, key, deviceId === null, dependencies.cache);
  }
  const history = dependencies.removed.take(id.value);
  if (history !== undefined) device.resume(history);
  device.identity = layout.identity;
  device.skipped = [];
  device.fullPollMs = -Infinity;
  const oddities = findOddities(device, layout, models, dependencies);
  logLayout(device, oddities, layout, log);
  await logUnknownModels(device, layout, dependencies);
  const { allModels } = device.entry;
  const { slow } = dependencies.models;
  const known = {
    layout,
    models,
    quickModels: allModels ? models : models.filter(({ at }) => !slow.has(at.id)),
    identity: undefined,
    proven: false,
    suspect: false,
    segments: segmentsOf(layout.models),
    expected: expectedTexts(layout),
    readsEnd: true,
  };
  return good(withLimits(known, toReadLimits(effectiveQuirks(device.quirks))));
}

/** The texts that the first poll must read: those that discovery has read. */
function expectedTexts({ models, identity }: DeviceLayout): TextsByAddress {
  const common = models.find(({ id }) => id === COMMON_MODEL_ID);
  return new Map(common === undefined ? [] : [[common.address, identity]]);
}

/** The models of a layout to read, with their definitions. */
async function selectModels(
  { entry: { allModels }, quirks }: Device,
  layout: DeviceLayout,
  { models: { used }, loadDefinition }: CommissioningDependencies,
): Promise<PlannedModel[]> {
  const models: PlannedModel[] = [];
  for (const at of layout.models) {
    if (!allModels && at.id !== COMMON_MODEL_ID && !used.has(at.id)) continue;
    const definition = await loadDefinition(at.id);
    if (definition === undefined) continue;
    const forms = effectiveQuirks(quirks);
    models.push({ at, definition: withNumberForms(definition, forms) });
  }
  return models;
}

type UnplannedLayout = Omit<KnownLayout, "limits" | "plan" | "fullPlan">;

/** Plans the polls of a device within other read limits. */
export function withLimits(known: UnplannedLayout, limits: ReadLimits): KnownLayout {
  const { models, quickModels, layout, identity } = known;
  const { base } = layout;
  const end = known.readsEnd ? endCheck(layout) : undefined;
  const fullPlan = planPoll(models, base, limits, identity, end);
  const plan = quickModels.length === models.length
    ? fullPlan
    : planPoll(quickModels, base, limits, identity, end);
  const short = serialCheckPlan(known, limits);
  const saves = short !== undefined && short.reads.length < plan.reads.length;
  return { ...known, limits, plan: saves ? short : plan, fullPlan };
}

/**
 * Plans a poll without model 1. Not possible with several models 1: each of them begins
 * a sub-device, and the models after it belong to that one.
 */
function serialCheckPlan(
  { quickModels, layout, identity, readsEnd }: UnplannedLayout,
  limits: ReadLimits,
): PollPlan | undefined {
  const [common, ...others] = layout.models.filter(({ id }) => id === COMMON_MODEL_ID);
  const rest = quickModels.filter(({ at }) => at.id !== COMMON_MODEL_ID);
  if (common === undefined || others.length > 0 || rest.length === 0) return undefined;
  if (identity === undefined) return undefined;
  const end = readsEnd ? endCheck(layout) : undefined;
  return planSerialCheckPoll(rest, common, layout.base, limits, identity, end);
}

/**
 * A chain that ends without a response may be incomplete. It is accepted only if it ends
 * at the same model twice: some devices never answer reads beyond their end.
 */
function checkChainEnd(
  device: Device,
  { end, models }: DeviceLayout,
): string | undefined {
  const before = device.incompleteChain;
  device.incompleteChain = end === "no-answer" ? models.length : undefined;
  if (device.incompleteChain === undefined || device.incompleteChain === before) {
    return undefined;
  }
  return `model chain incomplete: no response after ${models.length} models; ` +
    "it will be read again";
}

function assignId(
  device: Device,
  { identity }: DeviceLayout,
  { cache, ids, log }: CommissioningDependencies,
): Result<string, string> {
  const { key, deviceId } = device.entry;
  const cached = cache.get(key)?.deviceId ?? undefined;
  const id = deviceId ?? knownAsPart(identity, cached, cache) ??
    derivedId(device.entry, identity, cached);
  if (id === undefined) {
    return bad("model 1 has no manufacturer, model or serial number: configure an id");
  }
  const alias = sameAddressDuplicate(device, identity, ids);
  const other = alias ?? ids.claim(id, key);
  if (other !== undefined) {
    if (device.duplicateOf !== other) {
      log.event("device.duplicate", { device: key, other, id });
    }
    device.duplicateOf = other;
    ids.setIdentity(null, key);
    return bad(
      alias === undefined
        ? `it has the same id as ${other}: ${id}. A device that answers at two unit ids ` +
          "or addresses is polled once; if they are two devices, configure an id for each"
        : `it has the manufacturer, model and serial number of ${alias}. A device that ` +
          "answers at several unit ids is polled once; if they are two devices, set " +
          "units_share_serial = true",
    );
  }
  ids.setIdentity(identity, key);
  device.duplicateOf = undefined;
  return good(id);
}

/**
 * The cached id, if the device at the head of the chain is known as a sub-device of it:
 * the order of the chain has changed, or the device itself has left it.
 */
function knownAsPart(
  identity: Identity,
  cachedId: string | undefined,
  cache: DeviceCache,
): string | undefined {
  if (cachedId === undefined || !isNamed(identity)) return undefined;
  const known = cache.parts(cachedId)?.parts ?? [];
  const isPart = known.some(({ number, texts }) =>
    number > 1 && equalTexts(texts, identity)
  );
  return isPart ? cachedId : undefined;
}

/** The id that follows from the identity, and from the address where the identity is not unique. */
function derivedId(
  { addressInId, host, port }: Device["entry"],
  identity: Identity,
  cached: string | undefined,
): string | undefined {
  return addressInId && identityKey(identity) === undefined
    ? deriveIdWithAddress(identity, formatAddress(host, port), cached)
    : deriveId(identity, cached);
}

/** The key of another unit at the same address that is the same device. */
function sameAddressDuplicate(
  { entry: { key }, quirks }: Device,
  identity: Identity,
  ids: IdRegistry,
): string | undefined {
  if (effectiveQuirks(quirks).unitsShareSerial === true) return undefined;
  const other = ids.duplicateOf(identity, key);
  return other !== undefined && shareAddress(other, key) ? other : undefined;
}

/** The deviations from the specification, as text. */
function findOddities(
  device: Device,
  layout: DeviceLayout,
  polled: readonly PlannedModel[],
  { ids, clock }: CommissioningDependencies,
): string[] {
  const found = [...layout.oddities];
  const night = device.sleepDetector.explainsSilence(clock.monotonicMs());
  if (hasOnlyCommonModel(polled) && !night) {
    found.push("it has no model that records are made from");
  }
  if (hasAddressInId(device, layout)) {
    found.push("it has no unique serial number: its id contains its address");
  }
  const other = ids.duplicateOf(layout.identity, device.entry.key);
  if (other !== undefined) {
    found.push(
      `it has the manufacturer, model and serial number of ${other}: if they are one ` +
        "device, remove one of them, or its records count twice",
    );
  }
  return found;
}

function hasAddressInId({ entry }: Device, { identity }: DeviceLayout): boolean {
  return entry.addressInId && entry.deviceId === null &&
    identityKey(identity) === undefined;
}

/** Logs a discovery, and each oddity that the previous discovery did not have. */
function logLayout(
  device: Device,
  oddities: readonly string[],
  layout: DeviceLayout,
  log: Log,
): void {
  device.logDiscovery(layout.base, layout.models.map(({ id }) => id));
  const logged = new Set(device.oddities);
  for (const oddity of oddities) {
    if (!logged.has(oddity)) {
      log.event("device.oddity", { device: device.label, oddity });
    }
  }
  device.oddities = oddities;
}

/** Logs the models without a definition, if they have changed. */
async function logUnknownModels(
  device: Device,
  layout: DeviceLayout,
  { loadDefinition, log }: CommissioningDependencies,
): Promise<void> {
  const unknown: number[] = [];
  for (const { id } of layout.models) {
    if (await loadDefinition(id) === undefined) unknown.push(id);
  }
  const models = [...new Set(unknown)].join(", ");
  if (models !== "" && models !== device.unknownModels) {
    log.event("device.unknown_models", { device: device.label, models });
  }
  device.unknownModels = models;
}
