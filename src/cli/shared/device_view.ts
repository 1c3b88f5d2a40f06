/**
 * One whole look at a device: what it is, all its points, and the records that
 * an agent would make of them.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import type { Unit } from "../../discovery/resilient_read.ts";
import {
  describeDiscoveryFault,
  discoverDevice,
  STANDARD_BASES,
} from "../../discovery/probe.ts";
import { describeSnapshotFault, takeSnapshot } from "../../discovery/snapshot.ts";
import { deriveId } from "../../device/device_id.ts";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { createDesk } from "../../records/record_builder.ts";
import type { PollContext } from "../../records/draft.ts";
import type { Draft } from "../../records/record.ts";
import type { OpenSource } from "../read/device_source.ts";
import { EXIT } from "../framework/exit_codes.ts";

/** How to look. */
export interface LookOptions {
  readonly unitId: number;
  /** Zero-based address of SunS; null = try the usual ones. */
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Gives the definitions; the built-in ones if absent. */
  readonly loadDefinition?: LoadDefinition;
}

/** Definitions of the models of a layout, by id; vendor models have none. */
export type Definitions = ReadonlyMap<number, ModelDefinition>;

/** A device that was found, ready to be looked at as often as one likes. */
export interface FoundDevice {
  readonly layout: DeviceLayout;
  readonly definitions: Definitions;
  readonly unit: Unit;
}

/** What one look saw. */
export interface Look {
  readonly layout: DeviceLayout;
  readonly definitions: Definitions;
  /** In chain order. */
  readonly models: readonly DecodedModel[];
  /** What an agent would send; empty if not all models were read. */
  readonly records: readonly Draft[];
}

/** Why there is nothing to see, and the exit code that says so. */
export interface LookFault {
  readonly words: string;
  readonly code: number;
}

/** Finds the device. */
export async function findDevice(
  { reader, dump }: Pick<OpenSource, "reader" | "dump">,
  options: LookOptions,
  signal: AbortSignal,
): Promise<Result<FoundDevice, LookFault>> {
  const { unitId, timeoutMs } = options;
  const base = options.base ?? dump?.base ?? null;
  const bases = base === null ? STANDARD_BASES : [base];
  // Somebody waits for this one answer, so a silent base is not yet a no.
  const silencesMax = bases.length;
  const found = await discoverDevice(
    reader,
    { unitId, bases, timeoutMs, silencesMax },
    signal,
  );
  if (!found.ok) {
    const { kind } = found.fault;
    const silent = kind === "unreachable" || kind === "no-answer" || kind === "no-unit";
    const code = silent ? EXIT.unavailable : EXIT.failure;
    return bad({ words: describeDiscoveryFault(found.fault), code });
  }
  const layout = found.value;
  const definitions = await definitionsOf(layout, options.loadDefinition);
  const { functionCode } = layout;
  const unit: Unit = { reader, unitId, functionCode, timeoutMs, signal };
  return good({ layout, definitions, unit });
}

/**
 * Looks at it.
 *
 * @param modelIds the models to read; empty = all.
 */
export async function lookAt(
  { layout, definitions, unit }: FoundDevice,
  modelIds: readonly number[],
): Promise<Result<Look, LookFault>> {
  const models = layout.models.filter(({ id }) =>
    modelIds.length === 0 || modelIds.includes(id)
  );
  const startedMs = SYSTEM_CLOCK.wallMs();
  const snapshot = await takeSnapshot(unit, { ...layout, models }, definitions);
  if (!snapshot.ok) {
    const code = snapshot.fault.kind === "lost" ? EXIT.unavailable : EXIT.failure;
    return bad({ words: describeSnapshotFault(snapshot.fault), code });
  }
  const seen = snapshot.value.models;
  const records = modelIds.length === 0
    ? recordsOf(layout, seen, definitions, startedMs)
    : [];
  return good({ layout, definitions, models: seen, records });
}

/** What an agent would make of its first poll, but for what only an agent knows. */
function recordsOf(
  { identity, unitId }: DeviceLayout,
  models: readonly DecodedModel[],
  definitions: Definitions,
  sampledAtMs: number,
): Draft[] {
  const context: PollContext = {
    gateway: "",
    site: null,
    deviceId: deriveId(identity, undefined) ?? "device",
    unitId,
    identity,
    slotsMissed: 0,
    intervalMs: 0,
    sampledAtMs,
    readDurationMs: SYSTEM_CLOCK.wallMs() - sampledAtMs,
    clockSynced: null,
  };
  const known = models.flatMap((model) => {
    const definition = definitions.get(model.id);
    return definition === undefined ? [] : [{ model, definition }];
  });
  return createDesk({}).draft(context, known.map(({ model }) => model), known, 0);
}

async function definitionsOf(
  { models }: DeviceLayout,
  load: LoadDefinition = loadDefinition,
): Promise<Definitions> {
  const definitions = new Map<number, ModelDefinition>();
  for (const { id } of models) {
    const definition = await load(id);
    if (definition !== undefined) definitions.set(id, definition);
  }
  return definitions;
}
