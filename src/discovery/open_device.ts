/**
 * Opens a device for reading all of its models, once or repeatedly.
 *
 * @module
 */

import { good, type Result } from "../base/result.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { BUILT_IN_QUIRKS, findQuirks } from "../device/quirk_rules.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import type { DecodedModel } from "../sunspec/decode/decode.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";
import { withNumberForms } from "../sunspec/definition/number_forms.ts";
import type { LoadDefinition } from "../sunspec/definition/vendor_models.ts";
import type { DiscoveryFault } from "./discovery_fault.ts";
import { STANDARD_BASES } from "./marker.ts";
import { discoverDevice } from "./probe.ts";
import type { Unit } from "./resilient_read.ts";
import { type SnapshotFault, takeSnapshot } from "./snapshot.ts";

/** Which device to open, and how. */
export interface OpenDeviceOptions {
  readonly unitId: number;
  /** Zero-based address of the `SunS` marker; null = {@linkcode STANDARD_BASES}. */
  readonly base: number | null;
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
  readonly loadDefinition: LoadDefinition;
}

/** A device whose models can be read. */
export interface OpenDevice {
  readonly layout: DeviceLayout;
  /** Definitions of its models, by id; unknown vendor models are missing. */
  readonly definitions: ReadonlyMap<number, ModelDefinition>;
  readonly unit: Unit;
}

/**
 * Discovers a device. A user waits for the result, so every base is tried even if
 * the device does not answer at the first one. Its numbers are read as the built-in
 * quirks of its make require.
 */
export async function openDevice(
  reader: RegisterReader,
  { unitId, base, timeoutMs, loadDefinition }: OpenDeviceOptions,
  signal: AbortSignal,
): Promise<Result<OpenDevice, DiscoveryFault>> {
  const bases = base === null ? STANDARD_BASES : [base];
  const found = await discoverDevice(
    reader,
    { unitId, bases, timeoutMs, timeoutsMax: bases.length },
    signal,
  );
  if (!found.ok) return found;
  const layout = found.value;
  const definitions = new Map<number, ModelDefinition>();
  const forms = findQuirks(BUILT_IN_QUIRKS, layout.identity);
  for (const { id } of layout.models) {
    const definition = await loadDefinition(id);
    if (definition === undefined) continue;
    definitions.set(id, withNumberForms(definition, forms));
  }
  const { functionCode } = layout;
  const unit: Unit = { reader, unitId, functionCode, timeoutMs, signal };
  return good({ layout, definitions, unit });
}

/**
 * Reads and decodes models of an open device.
 *
 * @param modelIds ids of the models to read; empty = all.
 */
export async function readModels(
  { layout, definitions, unit }: OpenDevice,
  modelIds: readonly number[] = [],
): Promise<Result<readonly DecodedModel[], SnapshotFault>> {
  const models = layout.models.filter(({ id }) =>
    modelIds.length === 0 || modelIds.includes(id)
  );
  return await takeSnapshot(unit, { ...layout, models }, definitions);
}
