/**
 * The agent beside what an operator would otherwise use, as programs and as plots.
 *
 * @module
 */

import { toMib } from "../figures.ts";
import type { FleetFigures, FleetResult } from "../fleet.ts";
import { renderBars } from "../plot/bars.ts";
import type { Program } from "../programs.ts";
import { PYTHON_PROGRAM } from "./python.ts";
import { telegrafProgram } from "./telegraf.ts";

/** The programs beside the agent. */
export function peerPrograms(telegraf: string): Program[] {
  return [
    telegrafProgram(telegraf, "memory"),
    telegrafProgram(telegraf, "disk"),
    PYTHON_PROGRAM,
  ];
}

/** Plots of the results: file name and SVG. */
export function comparisonPlots(
  results: readonly FleetResult[],
): ReadonlyMap<string, string> {
  const plot = (title: string, value: (figures: FleetFigures) => number): string => {
    const sizes = [...new Set(results.map(({ size }) => size))];
    const groups = sizes.map((size) => ({
      name: `${size} devices`,
      bars: results.filter((one) => one.size === size)
        .map(({ program, figures }) => ({ name: program, value: value(figures) })),
    }));
    return renderBars(title, groups);
  };
  return new Map([
    ["peers-cpu.svg", plot("CPU seconds per 1000 polls", (one) => one.cpuPer1000)],
    ["peers-memory.svg", plot("Resident memory, MiB", (one) => toMib(one.rss))],
  ]);
}
