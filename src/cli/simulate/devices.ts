/**
 * What `simulate` plays: dumps and built-in plants made into devices.
 *
 * @module
 */

import { basename } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import {
  alike,
  createRecordedImage,
  type PlayedDevice,
} from "../../simulator/devices/simulated_device.ts";
import { PLANTS } from "../../simulator/plant/plants.ts";
import { type Dump, loadDump } from "../shared/dump_file.ts";

/** The same weather every time. */
const SEED = 20_260_621;
/** What a dump that does not know its unit id answers to. */
const UNIT_ID = 1;
/** What one address for all is called. */
const ONE_ADDRESS = "gateway";
/** Unit ids that Modbus has for devices (Modbus over Serial Line 1.02, 2.2). */
const UNIT_IDS = Array.from({ length: 247 }, (_, at) => at + 1);

/**
 * Makes the devices of plants and dump files; each has a name of its own.
 *
 * @param sources the name of a built-in plant (see `PLANTS`) or a path each.
 */
export async function toDevices(
  sources: readonly string[],
): Promise<Result<readonly PlayedDevice[], string>> {
  const devices: PlayedDevice[] = [];
  const names = new Set<string>();
  const nameNew = (wanted: string): string => {
    const name = unusedName(wanted, names);
    names.add(name);
    return name;
  };
  for (const source of sources) {
    const found = await devicesOf(source);
    if (!found.ok) return found;
    // The same plant twice has two gateways.
    const gateways = new Map<string | undefined, string>();
    for (const device of found.value) {
      const name = nameNew(device.name);
      const { gateway } = device;
      if (gateway !== undefined && !gateways.has(gateway)) {
        gateways.set(gateway, nameNew(gateway));
      }
      devices.push(alike(device, { name, gateway: gateways.get(gateway) }));
    }
  }
  return good(devices);
}

/** Puts all devices behind one address, each with a unit id of its own. */
export function behindOneAddress(
  devices: readonly PlayedDevice[],
): Result<readonly PlayedDevice[], string> {
  const taken = new Set<number>();
  const moved: PlayedDevice[] = [];
  for (const device of devices) {
    const unitId = taken.has(device.unitId)
      ? UNIT_IDS.find((id) => !taken.has(id))
      : device.unitId;
    if (unitId === undefined) {
      return bad(
        `${devices.length} devices do not fit behind one address: 247 at the most`,
      );
    }
    taken.add(unitId);
    moved.push(alike(device, { unitId, gateway: ONE_ADDRESS }));
  }
  return good(moved);
}

/** The devices of a plant or a dump's file. */
async function devicesOf(
  source: string,
): Promise<Result<readonly PlayedDevice[], string>> {
  const builtIn = Object.hasOwn(PLANTS, source) ? PLANTS[source] : undefined;
  if (builtIn !== undefined) return good((await builtIn.make(SEED)).devices);
  const dump = await loadDump(source);
  if (dump.ok) {
    return good([toDevice(basename(source).replace(/\.json$/i, ""), dump.value)]);
  }
  const isPath = /[./]/.test(source);
  const hint = isPath ? "" : ` (built-in plants: ${Object.keys(PLANTS).join(", ")})`;
  return bad(dump.fault + hint);
}

function toDevice(name: string, dump: Dump): PlayedDevice {
  const { base, registers, functionCode, unitId } = dump;
  return {
    name,
    kind: "dump",
    unitId: unitId ?? UNIT_ID,
    gateway: undefined,
    image: createRecordedImage({
      base,
      registers,
      ...(functionCode === null ? {} : { functionCode }),
    }),
    update() {}, // a record stands still
  };
}

/** The name, or, where it is taken, `name-2` and so on. */
function unusedName(name: string, taken: ReadonlySet<string>): string {
  let unused = name;
  for (let nth = 2; taken.has(unused); nth++) unused = `${name}-${nth}`;
  return unused;
}
