/**
 * A small plant: inverters that follow the simulated sun, and meters. The first meter
 * is at the grid connection and measures consumption less generation; the others each
 * measure an equal part of the consumption. Pure.
 *
 * @module
 */

import { createSeededRandom } from "../../base/random.ts";
import { createBattery } from "../devices/battery.ts";
import type { DeviceImage } from "../device_image.ts";
import { type ByPhase, byPhase, loadAt } from "./grid.ts";
import { DELTA_METER_IMAGE } from "../images/delta_meter.ts";
import { FLOAT_THREE_PHASE_IMAGE } from "../images/float_three_phase.ts";
import { SINGLE_PHASE_IMAGE } from "../images/single_phase.ts";
import { THREE_PHASE_IMAGE } from "../images/three_phase.ts";
import { WYE_METER_IMAGE } from "../images/wye_meter.ts";
import {
  createInverter,
  type InverterPoint,
  type InverterTraits,
  REACTIVE,
} from "../devices/inverter.ts";
import { createImageOf, type ImageLiteral, writeText } from "../literal.ts";
import { createMeter, type MeterFlow } from "../devices/meter.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { BATTERY_WH, batteryDevice, weatherDevice } from "../devices/single_devices.ts";
import { createSun, type Sun } from "./sun.ts";

/** Size of a plant. */
export interface PlantOptions {
  /** 0..200. Default 3: three-phase, float, single-phase, repeated in this order. */
  readonly inverters?: number;
  /** 0..200. Default 2. */
  readonly meters?: number;
  /** Adds a battery. Default false. */
  readonly battery?: boolean;
  /** Adds a weather station. Default false. */
  readonly weather?: boolean;
  /** The same seed gives the same day. */
  readonly seed: number;
}

/** The devices, in a fixed order: inverters, battery, weather station, meters. */
export interface Plant {
  readonly devices: readonly SimulatedDevice[];
}

/** Limit of inverters and of meters: the unit ids of one gateway. */
const DEVICES_MAX = 200;
/** First unit id of the gateway. */
const GATEWAY_UNIT_FIRST = 11;
/** Delay of the clouds from one inverter to the next, in simulated ms. */
export const CLOUD_LAG_MS = 4 * 60_000;
/** Reactive power of the consumption divided by its active power. */
const LOAD_REACTIVE = 0.14;

interface InverterKind {
  readonly literal: ImageLiteral<InverterPoint>;
  readonly unitId: number;
  readonly traits: Pick<InverterTraits, "ratedW" | "phases" | "modules" | "dcVolts">;
}

const INVERTER_KINDS: readonly InverterKind[] = [
  {
    literal: THREE_PHASE_IMAGE,
    unitId: 1,
    traits: { ratedW: 60_000, phases: 3, modules: 2, dcVolts: 640 },
  },
  {
    literal: FLOAT_THREE_PHASE_IMAGE,
    unitId: 1,
    traits: { ratedW: 25_000, phases: 3, modules: 3, dcVolts: 650 },
  },
  {
    literal: SINGLE_PHASE_IMAGE,
    unitId: 126,
    traits: { ratedW: 5_000, phases: 1, modules: 0, dcVolts: 390 },
  },
];

/**
 * Creates a plant. Its images stay exactly as written until the first `update`.
 *
 * @throws a `RangeError` for a number of devices out of range.
 */
export function createPlant(options: PlantOptions): Plant {
  const { inverters: inverterCount = 3, meters: meterCount = 2, seed } = options;
  for (const count of [inverterCount, meterCount]) {
    if (!Number.isInteger(count) || count < 0 || count > DEVICES_MAX) {
      throw new RangeError(
        `${count} devices of a kind: expected an integer from 0 to ${DEVICES_MAX}`,
      );
    }
  }
  const sun = createSun({ seed });
  const inverters = createInverters(inverterCount, seed, sun);
  const devices = inverters.map(({ device }) => device);
  const powers: PowerAt[] = inverters.map(({ powerAt }) => powerAt);
  if (options.battery === true) {
    const battery = createBattery(BATTERY_WH);
    powers.push((simMs) => byPhase(() => battery.powerAt(simMs) / 3));
    devices.push({ ...batteryDevice(battery), name: "battery-1", gateway: undefined });
  }
  if (options.weather === true) {
    devices.push({ ...weatherDevice(sun), name: "weather-1", gateway: undefined });
  }
  return { devices: [...devices, ...createMeters(meterCount, powers)] };
}

interface PlantInverter {
  readonly device: SimulatedDevice;
  readonly powerAt: PowerAt;
}

function createInverters(count: number, seed: number, sun: Sun): PlantInverter[] {
  const random = createSeededRandom(seed + 1);
  const created: PlantInverter[] = [];
  for (let at = 0; at < count; at++) {
    const kind = INVERTER_KINDS[at % INVERTER_KINDS.length];
    if (kind === undefined) break; // never: the list is not empty
    const { literal, unitId } = kind;
    const image = createImageOf(literal);
    numberSerial(image, literal, Math.floor(at / INVERTER_KINDS.length));
    const inverter = createInverter(image, literal.cells, {
      ...kind.traits,
      cloudLagMs: at * CLOUD_LAG_MS,
      yield: 0.93 + 0.06 * random.next(),
    }, sun);
    created.push({
      powerAt: inverter.powerAt,
      device: {
        name: `inverter-${at + 1}`,
        kind: "inverter",
        unitId,
        gateway: undefined,
        image,
        update: (simMs) => inverter.update(simMs),
      },
    });
  }
  return created;
}

function createMeters(count: number, sources: readonly PowerAt[]): SimulatedDevice[] {
  return Array.from({ length: count }, (_, at): SimulatedDevice => {
    const literal = at === 0 ? WYE_METER_IMAGE : DELTA_METER_IMAGE;
    const image = createImageOf(literal);
    const unitId = GATEWAY_UNIT_FIRST + at;
    numberSerial(image, literal, Math.max(0, at - 1));
    image.registers[literal.unitIdAt - literal.base] = unitId;
    const flow = at === 0 ? gridFlow(sources) : loadFlow(count - 1);
    const meter = createMeter(image, literal.cells, flow);
    return {
      name: `meter-${at + 1}`,
      kind: "meter",
      unitId,
      gateway: "meters",
      image,
      update: (simMs) => meter.update(simMs),
    };
  });
}

/** Power fed in by phase, in W. */
type PowerAt = (simMs: number) => ByPhase;

/** Consumption less generation. */
function gridFlow(sources: readonly PowerAt[]): MeterFlow {
  const generated = (simMs: number): ByPhase => {
    const powers = sources.map((powerAt) => powerAt(simMs));
    return byPhase((phase) => powers.reduce((sum, power) => sum + power[phase], 0));
  };
  return {
    watts(simMs) {
      const load = loadAt(simMs);
      const power = generated(simMs);
      return byPhase((phase) => load[phase] - power[phase]);
    },
    vars(simMs) {
      const load = loadAt(simMs);
      const power = generated(simMs);
      return byPhase((phase) => LOAD_REACTIVE * load[phase] - REACTIVE * power[phase]);
    },
  };
}

/** One of `parts` equal parts of the consumption. */
function loadFlow(parts: number): MeterFlow {
  const share = (simMs: number): ByPhase => {
    const load = loadAt(simMs);
    return byPhase((phase) => load[phase] / parts);
  };
  return {
    watts: share,
    vars: (simMs) => byPhase((phase) => LOAD_REACTIVE * share(simMs)[phase]),
  };
}

/** Increments the last four digits of a serial number, so that serial numbers are unique. */
function numberSerial(
  image: DeviceImage,
  literal: ImageLiteral<string>,
  offset: number,
): void {
  if (offset === 0) return;
  const digits = String(1 + offset).padStart(4, "0");
  writeText(image.registers, literal.serialTail - literal.base, digits);
}
