/**
 * Puts the faults that were ordered on devices and on their servers.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import {
  type Mood,
  shareMood,
  sleepMood,
  wakeMood,
} from "../../simulator/devices/states.ts";
import { sunPlacesOf } from "../../simulator/devices/register_map.ts";
import {
  alike,
  type PlayedDevice,
  withMood,
} from "../../simulator/devices/simulated_device.ts";
import type { FaultRule, InjectedFault } from "../../simulator/server/server_faults.ts";
import type { RunningPlant } from "../../simulator/plant/start_plant.ts";
import { DAY_MS } from "../../simulator/plant/sun.ts";
import type { FaultOrder, PlayFault } from "./faults.ts";

/** Devices with what was ordered for them, and what people should know of it. */
export interface OrderedDevices {
  readonly devices: readonly PlayedDevice[];
  readonly notes: readonly string[];
}

/**
 * Applies the orders that change devices. A fault names the devices that there
 * are, if an order is for none of them.
 *
 * @param dayMs how long a simulated day takes, in real ms.
 */
export function orderDevices(
  devices: readonly PlayedDevice[],
  orders: readonly FaultOrder[],
  dayMs: number,
): Result<OrderedDevices, string> {
  const notes: string[] = [];
  let changed = devices;
  for (const order of orders) {
    const { what, text, device: wanted } = order;
    if (!devices.some((device) => isMeant(device, wanted))) {
      const names = new Set(
        devices.flatMap(({ name, gateway }) => gateway ? [gateway, name] : [name]),
      );
      return bad(
        `--fault ${text}: there is no device "${wanted}"; there are ${
          [...names].join(", ")
        }`,
      );
    }
    const mood = moodOf(what, dayMs);
    const down = what.is === "offline"
      ? addressesOf(devices.filter((device) => isMeant(device, wanted)))
      : new Set<string>();
    changed = changed.map((device) => {
      if (down.has(addressOf(device))) return alike(device, { isUp: () => false });
      if (mood === undefined || !isMeant(device, wanted)) return device;
      if (sunPlacesOf(device.image).flows.length > 0) return withMood(device, mood);
      if (wanted !== null) {
        notes.push(`${text} changes nothing: ${device.name} has no inverter model`);
      }
      return device;
    });
  }
  return good({ devices: changed, notes });
}

/** A fault of answers in force. */
export interface FaultInForce {
  readonly text: string;
  readonly injected: readonly InjectedFault[];
}

/** Applies the orders that change how addresses answer. */
export function orderServers(
  plant: RunningPlant,
  devices: readonly PlayedDevice[],
  orders: readonly FaultOrder[],
): FaultInForce[] {
  return orders.flatMap(({ device: wanted, what, text }) => {
    const meant = devices.filter((device) => isMeant(device, wanted));
    const injected: InjectedFault[] = [];
    for (const address of addressesOf(meant)) {
      const server = plant.servers.get(address);
      if (server === undefined) continue;
      if (what.is === "sessions") server.limitSessions(what.max);
      if (what.is === "close-after") server.closeAfter(what.answers);
      if (what.is !== "answer") continue;
      const { fault, share, times } = what;
      const rule: FaultRule = {
        fault,
        ...(share === undefined ? {} : { share }),
        ...(times === undefined ? {} : { times }),
      };
      const units = meant.filter((device) => addressOf(device) === address);
      const whole = wanted === null || wanted === address;
      const rules = whole ? [rule] : units.map(({ unitId }) => ({ ...rule, unitId }));
      injected.push(...rules.map((each) => server.inject(each)));
    }
    return injected.length === 0 ? [] : [{ text, injected }];
  });
}

/** Whether an order is for a device: by its name, or by that of its address. */
function isMeant({ name, gateway }: PlayedDevice, wanted: string | null): boolean {
  return wanted === null || wanted === name || wanted === gateway;
}

function addressOf({ name, gateway }: PlayedDevice): string {
  return gateway ?? name;
}

/** Names of the addresses that the devices stand behind. */
export function addressesOf(devices: readonly PlayedDevice[]): ReadonlySet<string> {
  return new Set(devices.map(addressOf));
}

function moodOf(what: PlayFault, dayMs: number): Mood | undefined {
  switch (what.is) {
    case "night":
      return sleepMood;
    case "wake-up":
      return wakeMood;
    case "ramp": {
      const periodMs = what.periodMs * DAY_MS / dayMs;
      return (image, simMs) => {
        const phase = (simMs / periodMs) % 1;
        shareMood(image, Math.abs(1 - 2 * phase));
      };
    }
    default:
      return undefined;
  }
}
