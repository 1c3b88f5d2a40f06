/**
 * Detects whether an inverter sleeps, and whether its silence is explained by the
 * night. Pure.
 *
 * Some inverters report SLEEPING; some answer with nothing but their energy counter;
 * some switch off until sunrise. A failed poll alone does not distinguish the last case
 * from a fault, only the polls before it do: an inverter that stopped answering after it
 * produced nothing is assumed to sleep, at most for the duration of a night.
 *
 * @module
 */

import { type ModelReading, pointValue } from "../../sunspec/decode/model_reading.ts";

/** The state of a device that answers. */
export type WakeState = "online" | "asleep";

/** Observes the polls of one device. */
export interface SleepDetector {
  /** Evaluates a successful poll at the monotonic time `atMs`. */
  update(models: readonly ModelReading[], atMs: number): WakeState;
  /** Whether the night explains that the device does not answer at `atMs`. */
  explainsSilence(atMs: number): boolean;
}

/** Maximum duration of a night, in ms (60 degrees north in December). */
export const NIGHT_MAX_MS = 20 * 3_600_000;

/** Share of its highest sustained power below which an inverter may go to sleep at any time. */
export const LOW_POWER_SHARE = 0.02;

/** The state point of an inverter model (101-103, 111-113: St; 701: InvSt). */
interface StatePoint {
  readonly point: string;
  readonly sleeping: number;
  readonly fault: number;
  /** The counter that an inverter without a state still reports at night. */
  readonly energy: string;
}

const CLASSIC: StatePoint = { point: "St", sleeping: 2, fault: 7, energy: "WH" };
const DER: StatePoint = { point: "InvSt", sleeping: 1, fault: 6, energy: "TotWhInj" };

const INVERTERS: ReadonlyMap<number, StatePoint> = new Map([
  ...[101, 102, 103, 111, 112, 113].map((id) => [id, CLASSIC] as const),
  [701, DER],
]);

/** Creates a detector without any poll. */
export function createSleepDetector(): SleepDetector {
  let wasInverter = false;
  let lastW = 0;
  let sustainedW = 0;
  /** Time of the last poll with so little power that silence may follow. */
  let lowPowerMs = -Infinity;

  return {
    update(models, atMs) {
      const inverters = models.filter(({ id }) => INVERTERS.has(id));
      if (models.some(measuresAtNight)) {
        lowPowerMs = -Infinity;
        return "online";
      }
      if (inverters.length === 0) {
        // Some inverters have a shorter chain at night.
        if (wasInverter) lowPowerMs = atMs;
        return wasInverter ? "asleep" : "online";
      }
      wasInverter = true;
      const powerW = Math.max(0, ...inverters.map(powerOf));
      // A single poll may be corrupt, so a power counts only if two consecutive polls reach it.
      sustainedW = Math.max(sustainedW, Math.min(lastW, powerW));
      lastW = powerW;
      const isLow = powerW <= LOW_POWER_SHARE * sustainedW && !inverters.some(hasFault);
      lowPowerMs = isLow ? atMs : -Infinity;
      return inverters.every(isAsleep) ? "asleep" : "online";
    },
    explainsSilence: (atMs) => atMs - lowPowerMs <= NIGHT_MAX_MS,
  };
}

/**
 * Whether a model also measures at night: meters, sensors, combiners, batteries. Not
 * 124 and 713, which inverters without a battery have too.
 */
function measuresAtNight({ id }: ModelReading): boolean {
  return (id >= 201 && id < 500) || (id >= 801 && id < 900);
}

/** Whether an inverter reports that it sleeps, or nothing but its energy. */
function isAsleep(model: ModelReading): boolean {
  const inverter = INVERTERS.get(model.id);
  if (inverter === undefined) return false;
  const state = pointValue(model, inverter.point) ?? null;
  if (state !== null) return state === inverter.sleeping;
  return (pointValue(model, "W") ?? null) === null &&
    (pointValue(model, inverter.energy) ?? null) !== null;
}

function hasFault(model: ModelReading): boolean {
  const inverter = INVERTERS.get(model.id);
  return inverter !== undefined && pointValue(model, inverter.point) === inverter.fault;
}

function powerOf(model: ModelReading): number {
  const power = pointValue(model, "W");
  return typeof power === "number" ? Math.abs(power) : 0;
}
