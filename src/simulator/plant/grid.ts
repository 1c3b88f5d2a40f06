/**
 * The simulated grid: voltages and frequency, the consumption of the site, and energy
 * counters. Pure.
 *
 * @module
 */

import { DAY_MS, HOUR_MS } from "./sun.ts";

/** One number per phase. */
export type ByPhase = readonly [a: number, b: number, c: number];

/** The grid at a time. */
export interface GridState {
  readonly hz: number;
  /** Phase to neutral, in V. */
  readonly volts: ByPhase;
  /** AB, BC, CA, in V. */
  readonly lineVolts: ByPhase;
}

/** The grid at a simulated time. */
export function gridAt(simMs: number): GridState {
  const wave = (periodMin: number, shift: number): number =>
    Math.sin(2 * Math.PI * simMs / (periodMin * 60_000) + shift);
  const volts: ByPhase = [
    231 + 1.2 * wave(37, 0) + 0.4 * wave(5, 1),
    230.6 + 1.1 * wave(41, 2) + 0.4 * wave(7, 3),
    231.3 + 1.3 * wave(43, 4) + 0.4 * wave(6, 5),
  ];
  const [a, b, c] = volts;
  const between = (one: number, other: number): number =>
    Math.sqrt(one * one + other * other + one * other); // 120 degrees apart
  return {
    hz: 50 + 0.02 * wave(11, 0) + 0.01 * wave(2, 1),
    volts,
    lineVolts: [between(a, b), between(b, c), between(c, a)],
  };
}

/** Shares of the phases in the consumption. */
const LOAD_SHARES: ByPhase = [0.3, 0.36, 0.34];

/** Consumption of the site by phase, in W: low at night, high in the evening. */
export function loadAt(simMs: number): ByPhase {
  const hour = (simMs % DAY_MS) / HOUR_MS;
  const evening = Math.exp(-((hour - 19) ** 2) / 8);
  const wobble = Math.sin(2 * Math.PI * simMs / (17 * 60_000));
  const totalW = 9_000 + 6_000 * evening + 900 * wobble;
  return byPhase((phase) => totalW * LOAD_SHARES[phase]);
}

/** Computes a number for each phase. */
export function byPhase(make: (phase: 0 | 1 | 2) => number): ByPhase {
  return [make(0), make(1), make(2)];
}

/** Sum of the phases. */
export function total([a, b, c]: ByPhase): number {
  return a + b + c;
}

/** Step of an integration, in simulated ms, and the limit of steps. */
const STEP_MS = 60_000;
const STEPS_MAX = 1_440;

/** An energy counter in simulated time. */
export interface EnergyCounter {
  /**
   * Integrates up to `simMs` and returns the energy since the first call, in Wh; a
   * time before the last one adds nothing.
   */
  advance(simMs: number): number;
}

/** Creates a counter for the energy of a power (W, not negative). */
export function createEnergyCounter(powerAt: (simMs: number) => number): EnergyCounter {
  let energyWh = 0;
  let lastMs: number | undefined;
  return {
    advance(simMs) {
      const fromMs = lastMs ?? simMs;
      if (simMs <= fromMs) {
        lastMs = fromMs;
        return energyWh;
      }
      const steps = Math.min(Math.ceil((simMs - fromMs) / STEP_MS), STEPS_MAX);
      const stepMs = (simMs - fromMs) / steps;
      for (let step = 0; step < steps; step++) {
        energyWh += powerAt(fromMs + (step + 0.5) * stepMs) * stepMs / HOUR_MS;
      }
      lastMs = simMs;
      return energyWh;
    },
  };
}
