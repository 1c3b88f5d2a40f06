/**
 * Loads the devices of `simulate` from dumps and built-in plants.
 *
 * @module
 */

import { basename } from "node:path";
import { bad, good, type Result } from "../../base/result.ts";
import {
  createRecordedImage,
  type SimulatedDevice,
  withChanges,
} from "../../simulator/devices/simulated_device.ts";
import { PLANTS } from "../../simulator/plant/plants.ts";
import { type Dump, loadDump } from "../device/dump_file.ts";

/** Seed of the simulation: the weather is the same every time. */
const SEED = 20_260_621;
/** Unit id of a dump that has none. */
const UNIT_ID = 1;
/** Name of the common address of all devices. */
const ONE_ADDRESS = "gateway";
/** Unit ids of devices (Modbus over Serial Line 1.02, section 2.2). */
const UNIT_IDS = Array.from({ length: 247 }, (_, at) => at + 1);

/**
 * Loads the devices of plants and dump files and gives each a unique name.
 *
 * @param sources names of built-in plants (see `PLANTS`) or paths.
 */
export async function loadDevices(
  sources: readonly string[],
): Promise<Result<readonly SimulatedDevice[], string>> {
  const devices: SimulatedDevice[] = [];
  const names = new Set<string>();
  const assignName = (preferred: string): string => {
    const name = unusedName(preferred, names);
    names.add(name);
    return name;
  };
  for (const source of sources) {
    const found = await devicesOf(source);
    if (!found.ok) return found;
    // A plant that is given twice has two gateways.
    const gateways = new Map<string | undefined, string>();
    for (const device of found.value) {
      const name = assignName(device.name);
      const { gateway } = device;
      if (gateway !== undefined && !gateways.has(gateway)) {
        gateways.set(gateway, assignName(gateway));
      }
      devices.push(withChanges(device, { name, gateway: gateways.get(gateway) }));
    }
  }
  return good(devices);
}

/** Moves all devices to one address, each with a unique unit id. */
export function moveToOneAddress(
  devices: readonly SimulatedDevice[],
): Result<readonly SimulatedDevice[], string> {
  const taken = new Set<number>();
  const moved: SimulatedDevice[] = [];
  for (const device of devices) {
    const unitId = taken.has(device.unitId)
      ? UNIT_IDS.find((id) => !taken.has(id))
      : device.unitId;
    if (unitId === undefined) {
      return bad(
        `${devices.length} devices do not fit one address: 247 at most`,
      );
    }
    taken.add(unitId);
    moved.push(withChanges(device, { unitId, gateway: ONE_ADDRESS }));
  }
  return good(moved);
}

/** Loads the devices of a plant or of a dump. */
async function devicesOf(
  source: string,
): Promise<Result<readonly SimulatedDevice[], string>> {
  const builtIn = Object.hasOwn(PLANTS, source) ? PLANTS[source] : undefined;
  if (builtIn !== undefined) return good((await builtIn.create(SEED)).devices);
  const dump = await loadDump(source);
  if (dump.ok) {
    return good([toDevice(basename(source).replace(/\.json$/i, ""), dump.value)]);
  }
  const isPath = /[./]/.test(source);
  const hint = isPath ? "" : ` (built-in plants: ${Object.keys(PLANTS).join(", ")})`;
  return bad(dump.fault + hint);
}

function toDevice(name: string, dump: Dump): SimulatedDevice {
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
    update() {}, // a dump does not change
  };
}

/** The name, or `name-2` and so on if it is in use. */
function unusedName(name: string, taken: ReadonlySet<string>): string {
  let unused = name;
  for (let nth = 2; taken.has(unused); nth++) unused = `${name}-${nth}`;
  return unused;
}
