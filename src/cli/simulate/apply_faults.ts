/**
 * Applies simulated faults to devices and their servers.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import {
  applyPowerShare,
  applySleep,
  applyWakeUp,
  type SimulatedState,
} from "../../simulator/devices/states.ts";
import { sunRegistersOf } from "../../simulator/devices/register_map.ts";
import {
  type SimulatedDevice,
  withChanges,
  withState,
} from "../../simulator/devices/simulated_device.ts";
import type { FaultRule, InjectedFault } from "../../simulator/server/server_faults.ts";
import type { RunningPlant } from "../../simulator/plant/start_plant.ts";
import { DAY_MS } from "../../simulator/plant/sun.ts";
import type { FaultSpec, SimulatedFault } from "./fault_spec.ts";

/** Devices with their faults, and notes for the user. */
export interface DevicesWithFaults {
  readonly devices: readonly SimulatedDevice[];
  readonly notes: readonly string[];
}

/**
 * Applies the faults that change devices.
 *
 * @param dayMs duration of a simulated day, in real ms.
 * @returns the devices, or an error that lists the device names if a name is unknown.
 */
export function applyDeviceFaults(
  devices: readonly SimulatedDevice[],
  specs: readonly FaultSpec[],
  dayMs: number,
): Result<DevicesWithFaults, string> {
  const notes: string[] = [];
  let changed = devices;
  for (const spec of specs) {
    const { fault, text, device: target } = spec;
    if (!devices.some((device) => isTarget(device, target))) {
      const names = new Set(
        devices.flatMap(({ name, gateway }) => gateway ? [gateway, name] : [name]),
      );
      return bad(
        `--fault ${text}: unknown device "${target}"; devices: ${
          [...names].join(", ")
        }`,
      );
    }
    const stateChange = stateChangeOf(fault, dayMs);
    const down = fault.kind === "offline"
      ? serverNamesOf(devices.filter((device) => isTarget(device, target)))
      : new Set<string>();
    changed = changed.map((device) => {
      if (down.has(serverNameOf(device))) {
        return withChanges(device, { isUp: () => false });
      }
      if (stateChange === undefined || !isTarget(device, target)) return device;
      if (sunRegistersOf(device.image).flows.length > 0) {
        return withState(device, stateChange);
      }
      if (target !== null) {
        notes.push(`${text} has no effect: ${device.name} has no inverter model`);
      }
      return device;
    });
  }
  return good({ devices: changed, notes });
}

/** A response fault that is active. */
export interface ActiveFault {
  readonly text: string;
  readonly injected: readonly InjectedFault[];
}

/** Applies the faults that change the behaviour of servers. */
export function applyServerFaults(
  plant: RunningPlant,
  devices: readonly SimulatedDevice[],
  specs: readonly FaultSpec[],
): ActiveFault[] {
  return specs.flatMap(({ device: target, fault, text }) => {
    const targets = devices.filter((device) => isTarget(device, target));
    const injected: InjectedFault[] = [];
    for (const address of serverNamesOf(targets)) {
      const server = plant.servers.get(address);
      if (server === undefined) continue;
      if (fault.kind === "sessions") server.limitSessions(fault.max);
      if (fault.kind === "close-after") server.closeAfter(fault.responses);
      if (fault.kind !== "response") continue;
      const { share, times } = fault;
      const rule: FaultRule = {
        fault: fault.fault,
        ...(share === undefined ? {} : { share }),
        ...(times === undefined ? {} : { times }),
      };
      const units = targets.filter((device) => serverNameOf(device) === address);
      const wholeServer = target === null || target === address;
      const rules = wholeServer
        ? [rule]
        : units.map(({ unitId }) => ({ ...rule, unitId }));
      injected.push(...rules.map((each) => server.inject(each)));
    }
    return injected.length === 0 ? [] : [{ text, injected }];
  });
}

/** Whether a fault applies to a device: by its name, or by the name of its address. */
function isTarget({ name, gateway }: SimulatedDevice, target: string | null): boolean {
  return target === null || target === name || target === gateway;
}

function serverNameOf({ name, gateway }: SimulatedDevice): string {
  return gateway ?? name;
}

/** Names of the servers of the devices: one for each address. */
export function serverNamesOf(
  devices: readonly SimulatedDevice[],
): ReadonlySet<string> {
  return new Set(devices.map(serverNameOf));
}

function stateChangeOf(
  fault: SimulatedFault,
  dayMs: number,
): SimulatedState | undefined {
  switch (fault.kind) {
    case "night":
      return applySleep;
    case "wake-up":
      return applyWakeUp;
    case "ramp": {
      const periodMs = fault.periodMs * DAY_MS / dayMs;
      return (image, simMs) => {
        const phase = (simMs / periodMs) % 1;
        applyPowerShare(image, Math.abs(1 - 2 * phase));
      };
    }
    default:
      return undefined;
  }
}
