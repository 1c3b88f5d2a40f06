/**
 * The task that discovers the device at a unit.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../base/network/modbus_protocol.ts";
import type { DeviceLayout } from "../../device/layout.ts";
import { effectiveQuirks, type Quirks } from "../../device/quirks.ts";
import { STANDARD_BASES } from "../../discovery/probe.ts";
import type { ModbusSession } from "../../modbus/reader.ts";
import { compatibleTexts } from "../../sunspec/chain_parts.ts";
import { COMMON_MODEL_ID } from "../../sunspec/spec.ts";
import { commission, hasOnlyCommonModel } from "../commissioning/commissioning.ts";
import type { Discover } from "../dependencies.ts";
import type { Device } from "../device.ts";
import { SMALL_READ_COUNT } from "../read_registers.ts";
import { setPollInterval } from "../schedule/slot_timer.ts";
import { type ActorScope, failure, type TaskResult } from "./actor_scope.ts";

/** Discovers the device and plans its polls. */
export async function discover(
  scope: ActorScope,
  session: ModbusSession,
): Promise<TaskResult<"found">> {
  const { device, dependencies } = scope;
  const { clock, meter } = dependencies;
  const found = await findDevice(scope, session);
  const silent = !found.ok && found.fault.kind === "no-answer";
  device.silentDiscoveries = silent ? device.silentDiscoveries + 1 : 0;
  if (!found.ok) return failure(scope, found.fault);
  const commissioned = await commission(device, found.value, dependencies);
  if (!commissioned.ok) {
    meter.failed("unnamed");
    return { kind: "failed", reason: commissioned.fault };
  }
  device.known = commissioned.value;
  device.discoveredMs = clock.monotonicMs();
  device.chainCheckedMs = device.discoveredMs;
  // A device that was just found does not wait for a slot of the sleep interval.
  if (!hasOnlyCommonModel(commissioned.value.models)) {
    setPollInterval(device, clock, "online");
  }
  return { kind: "found" };
}

/** Reads marker, chain and identity; another identity than before over a new connection. */
async function findDevice(
  { device, dependencies, signals }: ActorScope,
  session: ModbusSession,
): ReturnType<Discover> {
  const { unitId, timeoutMs } = device.entry;
  const quirks = effectiveQuirks(device.quirks);
  const { functionCode } = quirks;
  const bases = basesOf(quirks, device.known?.layout.base, device.silentDiscoveries);
  device.known = undefined;
  const attempt = (countMax = REGISTERS_PER_READ_MAX): ReturnType<Discover> =>
    dependencies.discover(session, {
      unitId,
      bases,
      timeoutMs,
      countMax,
      ...(functionCode === undefined ? {} : { functionCode }),
    }, signals.stop);
  let found = await attempt(quirks.registersPerReadMax);
  if (found.ok && isOtherDevice(device, found.value)) {
    // Responses may have been those of another unit: read again before it is believed.
    session.renew();
    found = await attempt(quirks.registersPerReadMax);
  }
  if (found.ok && isNameless(found.value)) found = await attempt(SMALL_READ_COUNT);
  return found;
}

/** Where to look for the marker: at the configured base, else at the last known one and the standard ones. */
function basesOf(
  { base }: Quirks,
  last: number | undefined,
  silences: number,
): readonly number[] {
  if (base !== undefined) return [base];
  if (last !== undefined) {
    return [last, ...STANDARD_BASES.filter((other) => other !== last)];
  }
  // Some units do not answer reads at an empty base: each discovery starts at another one.
  const first = silences % STANDARD_BASES.length;
  return [...STANDARD_BASES.slice(first), ...STANDARD_BASES.slice(0, first)];
}

/** Whether a layout is that of another device than the last one at this unit. */
function isOtherDevice({ identity }: Device, layout: DeviceLayout): boolean {
  return identity !== null && !compatibleTexts(identity, layout.identity);
}

/** Whether model 1 has no text at all, as on devices that answer large reads with empty registers. */
function isNameless({ identity, models }: DeviceLayout): boolean {
  return models.some(({ id }) => id === COMMON_MODEL_ID) &&
    Object.values(identity).every((text) => text === null);
}
