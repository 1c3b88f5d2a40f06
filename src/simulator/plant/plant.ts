/**
 * A small plant: inverters that follow a simulated sun, and meters. The first
 * meter stands at the grid connection and sees consumption less production;
 * the others share out what the site consumes.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";
import { createBattery } from "../devices/battery.ts";
import type { DeviceImage } from "../device_image.ts";
import { type ByPhase, byPhase, loadAt } from "./grid.ts";
import { DELTA_METER } from "../images/delta_meter.ts";
import { FLOAT_THREE_PHASE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE } from "../images/single_phase.ts";
import { THREE_PHASE } from "../images/three_phase.ts";
import { WYE_METER } from "../images/wye_meter.ts";
import {
  createInverter,
  type Inverter,
  type InverterPoint,
  type InverterTraits,
  REACTIVE,
} from "../devices/inverter.ts";
import { createImageOf, type ImageLiteral, writeText } from "../literal.ts";
import { createMeter, type Flow } from "../devices/meter.ts";
import type { PlayedDevice } from "../devices/simulated_device.ts";
import { BATTERY_WH, batteryDevice, weatherDevice } from "../devices/single_devices.ts";
import { createSun } from "./sun.ts";

/** How large a plant is. */
export interface PlantOptions {
  /** 0..200. Default 3: three-phase, float, single-phase, and so on in turn. */
  readonly inverters?: number;
  /** 0..200. Default 2. */
  readonly meters?: number;
  /** One battery beside them. Default false. */
  readonly battery?: boolean;
  /** One weather station beside them. Default false. */
  readonly weather?: boolean;
  /** The same seed gives the same day. */
  readonly seed: number;
}

/** The devices, in a fixed order: inverters, battery, weather station, meters. */
export interface Plant {
  readonly devices: readonly PlayedDevice[];
}

/** More than any demonstration needs, and few enough for the unit ids of one gateway. */
const DEVICES_MAX = 200;
/** The gateway's units count from here. */
const GATEWAY_UNIT_FIRST = 11;
/** How much later the clouds reach the next inverter, in simulated ms. */
export const CLOUD_LAG_MS = 4 * 60_000;
/** Reactive power that the site draws, by active power. */
const LOAD_REACTIVE = 0.14;

interface InverterKind {
  readonly literal: ImageLiteral<InverterPoint>;
  readonly unitId: number;
  readonly traits: Pick<InverterTraits, "ratedW" | "phases" | "modules" | "dcVolts">;
}

const INVERTER_KINDS: readonly InverterKind[] = [
  {
    literal: THREE_PHASE,
    unitId: 1,
    traits: { ratedW: 60_000, phases: 3, modules: 2, dcVolts: 640 },
  },
  {
    literal: FLOAT_THREE_PHASE,
    unitId: 1,
    traits: { ratedW: 25_000, phases: 3, modules: 3, dcVolts: 650 },
  },
  {
    literal: SINGLE_PHASE,
    unitId: 126,
    traits: { ratedW: 5_000, phases: 1, modules: 0, dcVolts: 390 },
  },
];

/**
 * Makes a plant whose images stand exactly as written down until the first
 * `update`.
 *
 * @throws a `RangeError` for a number of devices out of bounds.
 */
export function createPlant(options: PlantOptions): Plant {
  const { inverters: inverterCount = 3, meters: meterCount = 2, seed } = options;
  for (const count of [inverterCount, meterCount]) {
    if (!Number.isInteger(count) || count < 0 || count > DEVICES_MAX) {
      throw new RangeError(`0 to ${DEVICES_MAX} devices of a kind, not ${count}`);
    }
  }
  const sun = createSun({ seed });
  const chance = createSeededRandom(seed + 1);
  const devices: PlayedDevice[] = [];
  const inverters: Inverter[] = [];

  for (let at = 0; at < inverterCount; at++) {
    const kind = INVERTER_KINDS[at % INVERTER_KINDS.length];
    if (kind === undefined) break; // never: the list is not empty
    const { literal, unitId } = kind;
    const image = createImageOf(literal);
    numberSerial(image, literal, Math.floor(at / INVERTER_KINDS.length));
    const inverter = createInverter(image, literal.cells, {
      ...kind.traits,
      cloudLagMs: at * CLOUD_LAG_MS,
      yield: 0.93 + 0.06 * chance.next(),
    }, sun);
    inverters.push(inverter);
    devices.push({
      name: `inverter-${at + 1}`,
      kind: "inverter",
      unitId,
      gateway: undefined,
      image,
      update: (simMs) => inverter.update(simMs),
    });
  }

  const powers: PowerAt[] = inverters.map(({ powerAt }) => powerAt);
  if (options.battery === true) {
    const battery = createBattery(BATTERY_WH);
    powers.push((simMs) => byPhase(() => battery.powerAt(simMs) / 3));
    devices.push({ ...batteryDevice(battery), name: "battery-1", gateway: undefined });
  }

  if (options.weather === true) {
    devices.push({ ...weatherDevice(sun), name: "weather-1", gateway: undefined });
  }

  for (let at = 0; at < meterCount; at++) {
    const literal = at === 0 ? WYE_METER : DELTA_METER;
    const image = createImageOf(literal);
    const unitId = GATEWAY_UNIT_FIRST + at;
    numberSerial(image, literal, Math.max(0, at - 1));
    image.registers[literal.unitIdAt - literal.base] = unitId;
    const flow = at === 0 ? gridFlow(powers) : loadFlow(meterCount - 1);
    const meter = createMeter(image, literal.cells, flow);
    devices.push({
      name: `meter-${at + 1}`,
      kind: "meter",
      unitId,
      gateway: "meters",
      image,
      update: (simMs) => meter.update(simMs),
    });
  }
  return { devices };
}

/** Power fed in by phase, in W. */
type PowerAt = (simMs: number) => ByPhase;

/** Consumption less what is fed in. */
function gridFlow(sources: readonly PowerAt[]): Flow {
  const produced = (simMs: number): ByPhase => {
    const powers = sources.map((powerAt) => powerAt(simMs));
    return byPhase((phase) => powers.reduce((sum, power) => sum + power[phase], 0));
  };
  return {
    watts(simMs) {
      const load = loadAt(simMs);
      const power = produced(simMs);
      return byPhase((phase) => load[phase] - power[phase]);
    },
    vars(simMs) {
      const load = loadAt(simMs);
      const power = produced(simMs);
      return byPhase((phase) => LOAD_REACTIVE * load[phase] - REACTIVE * power[phase]);
    },
  };
}

/** One of `parts` equal parts of the consumption. */
function loadFlow(parts: number): Flow {
  const share = (simMs: number): ByPhase => {
    const load = loadAt(simMs);
    return byPhase((phase) => load[phase] / parts);
  };
  return {
    watts: share,
    vars: (simMs) => byPhase((phase) => LOAD_REACTIVE * share(simMs)[phase]),
  };
}

/** Raises the last four digits of a serial number, so that no two devices share one. */
function numberSerial(
  image: DeviceImage,
  literal: ImageLiteral<string>,
  offset: number,
): void {
  if (offset === 0) return;
  const digits = String(1 + offset).padStart(4, "0");
  writeText(image.registers, literal.serialTail - literal.base, digits);
}
