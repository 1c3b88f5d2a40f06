/**
 * Reads a device once for display: its layout, all points, and the records that the
 * agent would send.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { type HostPort, parseHostPort } from "../../base/network/address.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import {
  type OpenDevice,
  openDevice,
  readModels,
} from "../../discovery/open_device.ts";
import { describeSnapshotFault } from "../../discovery/snapshot.ts";
import { deriveId } from "../../device/device_id.ts";
import type { RegisterReader } from "../../modbus/reader.ts";
import { readingOf } from "../../sunspec/decode/named_reading.ts";
import type { DecodedModel } from "../../sunspec/decode/decode.ts";
import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { createRecordBuilder } from "../../records/record_builder.ts";
import type { PollContext } from "../../records/draft.ts";
import type { Draft } from "../../records/record.ts";
import { EXIT } from "../framework/exit_codes.ts";
import { describeDeviceFault, isUnavailable } from "./describe_device_fault.ts";

/** The registers to read: those of a device on the network, or of a dump. */
export interface ViewSource {
  readonly reader: RegisterReader;
  /** `host:port`, or the path of the dump. */
  readonly label: string;
  /** Null for a device on the network. */
  readonly dump: { readonly base: number } | null;
}

/** Which device to read, and how. */
export interface DeviceViewOptions {
  readonly unitId: number;
  /** Zero-based address of the SunS marker; null = try the standard ones. */
  readonly base: number | null;
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
  /** Loads definitions; the built-in ones by default. */
  readonly loadDefinition?: LoadDefinition;
}

/** One reading of a device. */
export interface DeviceView {
  readonly layout: DeviceLayout;
  readonly definitions: OpenDevice["definitions"];
  /** In chain order. */
  readonly models: readonly DecodedModel[];
  /** The records that the agent would send; empty unless all models were read. */
  readonly records: readonly Draft[];
}

/** Why there is no reading, and the exit code for it. */
export interface DeviceViewFault {
  readonly words: string;
  readonly code: number;
}

/** Discovers the device. */
export async function connectToDevice(
  { reader, label, dump }: ViewSource,
  options: DeviceViewOptions,
  signal: AbortSignal,
): Promise<Result<OpenDevice, DeviceViewFault>> {
  const base = options.base ?? dump?.base ?? null;
  const found = await openDevice(reader, { loadDefinition, ...options, base }, signal);
  if (found.ok) return found;
  const address: HostPort | null = dump === null ? parseHostPort(label) ?? null : null;
  return bad({
    words: describeDeviceFault(found.fault, address),
    code: isUnavailable(found.fault) ? EXIT.unavailable : EXIT.failure,
  });
}

/**
 * Reads a device.
 *
 * @param modelIds ids of the models to read; empty = all.
 */
export async function readDeviceView(
  device: OpenDevice,
  modelIds: readonly number[],
): Promise<Result<DeviceView, DeviceViewFault>> {
  const { layout, definitions } = device;
  const startedMs = SYSTEM_CLOCK.wallMs();
  const snapshot = await readModels(device, modelIds);
  if (!snapshot.ok) {
    const code = snapshot.fault.kind === "lost" ? EXIT.unavailable : EXIT.failure;
    return bad({ words: describeSnapshotFault(snapshot.fault), code });
  }
  const models = snapshot.value;
  const records = modelIds.length === 0 ? toRecords(device, models, startedMs) : [];
  return good({ layout, definitions, models, records });
}

/** The records of the agent's first poll, without the fields that only the agent knows. */
function toRecords(
  { layout: { identity, unitId }, definitions }: OpenDevice,
  models: readonly DecodedModel[],
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
    // The agent skips a model that the device refuses to read, even in part.
    const isUnread = model.flags.some(({ reason }) => reason === "register-unread");
    return definition === undefined || isUnread ? [] : [readingOf(definition, model)];
  });
  return createRecordBuilder().build(context, known, 0);
}
