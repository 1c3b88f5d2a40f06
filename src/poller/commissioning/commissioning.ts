/**
 * From a layout that was discovered to a device that can be polled: what it is
 * called, which of its models are read, and how.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { DeviceLayout, Identity } from "../../device/layout.ts";
import type { DeviceMemory } from "../../device/device_cache.ts";
import type { QuirkBook } from "../../device/quirk_rules.ts";
import { effectiveQuirks } from "../../device/quirks.ts";
import type { ReadLimits } from "../../sunspec/plan/read_plan.ts";
import {
  planLeanPoll,
  type PlannedModel,
  planPoll,
  type PollPlan,
} from "../../sunspec/plan/poll_plan.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { NORMALISED_MODELS, SLOW_MODELS } from "../../records/normalise/normalise.ts";
import type { Device, Known } from "../device.ts";
import type { Departed } from "../roster/removed_devices.ts";
import { type Claims, deriveId, shareAddress } from "../../device/device_id.ts";
import { limitsOf } from "../../device/read_size_fallback.ts";

/** The common model: it says who the device is. */
const COMMON_MODEL = 1;

/** What learning needs. */
export interface LearnParts {
  readonly loadDefinition: LoadDefinition;
  readonly memory: DeviceMemory;
  readonly claims: Claims;
  readonly quirksOf: QuirkBook;
  readonly departed: Departed;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whether a chain has no model that a record is made from. */
export function isBare(polled: readonly PlannedModel[]): boolean {
  return polled.every(({ at }) => at.id === COMMON_MODEL);
}

/**
 * Takes a layout in: names the device and plans its polls.
 *
 * @returns why it cannot be polled, in words: its chain was cut short, it has no
 * name, or another unit of the roster has the same.
 */
export async function learn(
  device: Device,
  layout: DeviceLayout,
  parts: LearnParts,
): Promise<Result<Known, string>> {
  const cut = checkCut(device, layout);
  if (cut !== undefined) return bad(cut);
  device.quirks = { ...device.quirks, ...parts.quirksOf(layout.identity) };
  const named = name(device, layout, parts);
  if (!named.ok) return named;
  const models: PlannedModel[] = [];
  const wantsAll = device.entry.publish.includes("models");
  for (const at of layout.models) {
    const isWanted = wantsAll || at.id === COMMON_MODEL ||
      NORMALISED_MODELS.has(at.id) || SLOW_MODELS.has(at.id);
    if (!isWanted) continue;
    const definition = await parts.loadDefinition(at.id);
    if (definition !== undefined) models.push({ at, definition });
  }
  device.named(named.value);
  const past = parts.departed.take(named.value);
  if (past !== undefined) device.resume(past);
  device.identity = layout.identity;
  device.lacks = false;
  device.wholeMs = -Infinity;
  logLayout(device, oddities(device, layout, models, parts), layout, parts.log);
  await logUnknown(device, layout, parts);
  const known = {
    layout,
    models,
    quick: wantsAll ? models : models.filter(({ at }) => !SLOW_MODELS.has(at.id)),
    identity: undefined,
    proven: false,
    doubted: false,
  };
  return good(withLimits(known, limitsOf(effectiveQuirks(device.quirks))));
}

/** The same device, polled within other limits. */
export function withLimits(
  known: Omit<Known, "limits" | "plan" | "wholePlan">,
  limits: ReadLimits,
): Known {
  const { models, quick, layout: { base }, identity } = known;
  const wholePlan = planPoll(models, base, limits, identity);
  const plan = quick.length === models.length
    ? wholePlan
    : planPoll(quick, base, limits, identity);
  const lean = leanPlan(known, limits);
  const saves = lean !== undefined && lean.reads.length < plan.reads.length;
  return { ...known, limits, plan: saves ? lean : plan, wholePlan };
}

/**
 * A poll without model 1, where the device has one alone: a second one begins a
 * sub-device, and says whose the models behind it are.
 */
function leanPlan(
  { quick, layout, identity }: Omit<Known, "limits" | "plan" | "wholePlan">,
  limits: ReadLimits,
): PollPlan | undefined {
  const [common, ...others] = layout.models.filter(({ id }) => id === COMMON_MODEL);
  const rest = quick.filter(({ at }) => at.id !== COMMON_MODEL);
  if (common === undefined || others.length > 0 || rest.length === 0) return undefined;
  if (identity === undefined) return undefined;
  return planLeanPoll(rest, common, layout.base, limits, identity);
}

/**
 * A chain that ends in silence may be half of one. It is taken only when it ends
 * at the same place twice: some devices never answer beyond their end.
 */
function checkCut(device: Device, { end, models }: DeviceLayout): string | undefined {
  const before = device.cutChain;
  device.cutChain = end === "no-answer" ? models.length : undefined;
  if (device.cutChain === undefined || device.cutChain === before) return undefined;
  return `walking the chain of models: no answer after ${models.length} models; ` +
    "it is walked again";
}

function name(
  device: Device,
  { identity }: DeviceLayout,
  { memory, claims, log }: LearnParts,
): Result<string, string> {
  const { key, deviceId } = device.entry;
  const remembered = memory.get(key)?.deviceId ?? undefined;
  const derived = deviceId ?? deriveId(identity, remembered);
  if (derived === undefined) {
    return bad("the device says nothing of itself (model 1): give it an id");
  }
  const twin = sameAddressTwin(device, identity, claims);
  const other = twin ?? claims.claim(derived, key);
  if (other !== undefined) {
    if (device.duplicateOf !== other) {
      log.event("device.duplicate", { device: key, other, id: derived });
    }
    device.duplicateOf = other;
    claims.note(null, key);
    return bad(
      twin === undefined
        ? `it says it is ${derived}, and so does ${other}: one device behind two ` +
          "unit ids or addresses is polled once; two devices need an id each"
        : `it has the manufacturer, model and serial of ${twin}: one device that ` +
          "answers to several unit ids is polled once; if they are two devices, " +
          "set units_share_serial = true",
    );
  }
  claims.note(identity, key);
  device.duplicateOf = undefined;
  return good(derived);
}

/** The unit beside it at its address that says it is the very same device. */
function sameAddressTwin(
  { entry: { key }, quirks }: Device,
  identity: Identity,
  claims: Claims,
): string | undefined {
  if (effectiveQuirks(quirks).unitsShareSerial === true) return undefined;
  const twin = claims.twinOf(identity, key);
  return twin !== undefined && shareAddress(twin, key) ? twin : undefined;
}

/** What is odd about the device, in words. */
function oddities(
  device: Device,
  layout: DeviceLayout,
  polled: readonly PlannedModel[],
  { claims, clock }: LearnParts,
): string[] {
  const found = [...layout.oddities];
  if (isBare(polled) && !device.night.explainsSilence(clock.monotonicMs())) {
    found.push("it has no model that records are made from");
  }
  const twin = claims.twinOf(layout.identity, device.entry.key);
  if (twin !== undefined) {
    found.push(
      `it has the manufacturer, model and serial of ${twin}: if the two ` +
        "are one device, leave one out, or its records count twice",
    );
  }
  return found;
}

/** Logs a discovery, and each oddity that the last one did not have. */
function logLayout(
  device: Device,
  found: readonly string[],
  layout: DeviceLayout,
  log: Log,
): void {
  device.discovered(layout.base, layout.models.map(({ id }) => id));
  const told = new Set(device.oddities);
  for (const oddity of found) {
    if (!told.has(oddity)) log.event("device.oddity", { device: device.label, oddity });
  }
  device.oddities = found;
}

/** Logs the models that no definition is there for, once for each chain that has others. */
async function logUnknown(
  device: Device,
  layout: DeviceLayout,
  { loadDefinition, log }: LearnParts,
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
