/**
 * Whether an inverter sleeps, and whether its silence is the night's. Pure.
 *
 * Some say SLEEPING; some answer with nothing but their energy counter; some
 * cut their own supply and are gone until the sun is back. The last cannot be
 * told from a fault by one look, only by what came before: an inverter that fell
 * silent when it made nothing any more is taken to sleep, for as long as a night may
 * last.
 *
 * @module
 */

import type { DecodedModel } from "../../sunspec/decode/decode.ts";

/** How a device that answers stands. */
export type Rest = "online" | "asleep";

/** What is remembered of a device to tell its nights. */
export interface Night {
  /** Takes in a poll that answered, at `atMs` (monotonic). */
  polled(models: readonly DecodedModel[], atMs: number): Rest;
  /** Whether a device that is silent at `atMs` is so because it is night. */
  explainsSilence(atMs: number): boolean;
}

/** No night that an inverter sees lasts longer (60 degrees north in December). */
export const NIGHT_MAX_MS = 20 * 3_600_000;

/** Of the power that it has sustained: with less, an inverter may go to sleep at any moment. */
export const DUSK_SHARE = 0.02;

/** Where a model says how the inverter stands (101-103, 111-113: St; 701: InvSt). */
interface StatePoint {
  readonly point: string;
  readonly sleeping: number;
  readonly fault: number;
  /** The counter that an inverter without a state keeps showing by night. */
  readonly energy: string;
}

const CLASSIC: StatePoint = { point: "St", sleeping: 2, fault: 7, energy: "WH" };
const DER: StatePoint = { point: "InvSt", sleeping: 1, fault: 6, energy: "TotWhInj" };

const INVERTERS: ReadonlyMap<number, StatePoint> = new Map([
  ...[101, 102, 103, 111, 112, 113].map((id) => [id, CLASSIC] as const),
  [701, DER],
]);

/** Makes a memory of no night yet. */
export function createNight(): Night {
  let wasInverter = false;
  let lastW = 0;
  let sustainedW = 0;
  /** When it last answered with so little that silence may follow. */
  let duskMs = -Infinity;

  return {
    polled(models, atMs) {
      const inverters = models.filter(({ id }) => INVERTERS.has(id));
      if (models.some(measuresMore)) {
        duskMs = -Infinity;
        return "online";
      }
      if (inverters.length === 0) {
        // Some show a shorter chain by night.
        if (wasInverter) duskMs = atMs;
        return wasInverter ? "asleep" : "online";
      }
      wasInverter = true;
      const powerW = Math.max(0, ...inverters.map(powerOf));
      // One poll may be garbled; two in a row are the device's.
      sustainedW = Math.max(sustainedW, Math.min(lastW, powerW));
      lastW = powerW;
      const dim = powerW <= DUSK_SHARE * sustainedW && !inverters.some(hasFault);
      duskMs = dim ? atMs : -Infinity;
      return inverters.every(isAsleep) ? "asleep" : "online";
    },
    explainsSilence: (atMs) => atMs - duskMs <= NIGHT_MAX_MS,
  };
}

/**
 * Whether a model goes on measuring by night: meters, sensors, combiners,
 * batteries. Not 124 and 713, which inverters without a battery have too.
 */
function measuresMore({ id }: DecodedModel): boolean {
  return (id >= 201 && id < 500) || (id >= 801 && id < 900);
}

/** Whether an inverter says that it sleeps, or nothing but its energy. */
function isAsleep({ id, points }: DecodedModel): boolean {
  const said = INVERTERS.get(id);
  if (said === undefined) return false;
  const state = points[said.point] ?? null;
  if (state !== null) return state === said.sleeping;
  return (points["W"] ?? null) === null && (points[said.energy] ?? null) !== null;
}

function hasFault({ id, points }: DecodedModel): boolean {
  const said = INVERTERS.get(id);
  return said !== undefined && points[said.point] === said.fault;
}

function powerOf({ points }: DecodedModel): number {
  const power = points["W"];
  return typeof power === "number" ? Math.abs(power) : 0;
}
