/**
 * The figures of drains as text and as tables. Pure.
 *
 * @module
 */

import { formatNumber, formatTable, median, toMib } from "../figures.ts";
import type { DrainSection } from "./curve.ts";

/** The figures of one drain. */
export interface DrainFigures {
  readonly program: string;
  readonly total: DrainSection;
  /** Sections of {@linkcode SECTION_MS}. */
  readonly curve: readonly DrainSection[];
  /** Median of the resident memory with an empty buffer, in bytes. */
  readonly steadyRss: number;
  /** Lateness of the polls during the drain, in ms. */
  readonly latenessP99Ms: number;
  readonly latenessMaxMs: number;
  /** Polls during the drain. */
  readonly polls: number;
  /** Lateness of the simulated devices' own timers, in ms: caused by the machine. */
  readonly ownLagP99Ms: number;
}

/** Length of a section of the curve, in ms. */
export const SECTION_MS = 10_000;

/** The figures of one drain in one line. */
export function describeDrain(figures: DrainFigures): string {
  const { program, total, steadyRss, latenessP99Ms, latenessMaxMs, polls } = figures;
  return `${program}: ${total.recordsPerSecond.toFixed(0)} rows/s, ` +
    `longest pause ${total.pauseMs.toFixed(0)} ms, ` +
    `${total.cpuMicros.toFixed(1)} µs per row, ` +
    `RSS ${toMib(total.rssMax).toFixed(0)} MiB ` +
    `(steady state ${toMib(steadyRss).toFixed(0)}), ` +
    `${polls} polls late by ${latenessP99Ms.toFixed(0)} ms (p99), ` +
    `${latenessMaxMs.toFixed(0)} ms (max); ` +
    `the machine delays timers by ${figures.ownLagP99Ms.toFixed(0)} ms`;
}

/** A table of the medians of each program, and the curve of the first program's last drain. */
export function drainTables(runs: readonly DrainFigures[]): string {
  const programs = [...new Set(runs.map(({ program }) => program))];
  const medians = formatTable(
    [
      ...["program", "rows/s", "longest pause, ms", "CPU µs per row"],
      ...["RSS, MiB", "steady RSS, MiB", "polls late, ms (p99)"],
    ],
    programs.map((program) => {
      const own = runs.filter((run) => run.program === program);
      const of = (value: (run: DrainFigures) => number): string =>
        formatNumber(median(own.map(value)));
      return [
        program,
        of(({ total }) => Math.round(total.recordsPerSecond)),
        of(({ total }) => total.pauseMs),
        of(({ total }) => total.cpuMicros),
        of(({ total }) => toMib(total.rssMax)),
        of(({ steadyRss }) => toMib(steadyRss)),
        of(({ latenessP99Ms }) => latenessP99Ms),
      ];
    }),
  );
  const last = runs.findLast(({ program }) => program === programs[0]);
  const curve = formatTable(
    ["from, s", "rows/s", "longest pause, ms", "RSS, MiB", "CPU µs per row"],
    (last?.curve ?? []).map((section) => [
      (section.fromMs / 1_000).toFixed(0),
      section.recordsPerSecond.toFixed(0),
      section.pauseMs.toFixed(0),
      toMib(section.rssMax).toFixed(0),
      formatNumber(section.cpuMicros),
    ]),
  );
  return `${medians}\n\n${curve}`;
}
