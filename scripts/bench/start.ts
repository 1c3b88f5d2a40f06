/**
 * Measures the size of the executable and the time that it takes to start.
 *
 * @module
 */

import { captureOutput } from "./child.ts";
import { formatNumber, formatTable, median, toMib } from "./figures.ts";

/** Size and start time of the executable. */
export interface StartFigures {
  readonly bytes: number;
  /** Duration of the command `version`, in ms. */
  readonly startMs: number;
}

const START_LIMIT_MS = 20_000;

/** The runtime of this process. */
export const OWN_RUNTIME = `Deno ${Deno.version.deno} (V8 ${Deno.version.v8})`;

/** The runtime inside the executable, as its command `version` reports it. */
export async function runtimeInside(binary: string): Promise<string> {
  const text = await captureOutput([binary, "version", "--json"], {
    limitMs: START_LIMIT_MS,
  });
  const { deno, v8 }: { deno: string; v8: string } = JSON.parse(text);
  return `Deno ${deno} (V8 ${v8})`;
}

/** Starts the executable `rounds` times, after one start that fills the page cache. */
export async function measureStart(
  binary: string,
  rounds: number,
): Promise<StartFigures> {
  const { size } = await Deno.stat(binary);
  const command = [binary, "version"] as const;
  await captureOutput(command, { limitMs: START_LIMIT_MS });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await captureOutput(command, { limitMs: START_LIMIT_MS });
    times.push(performance.now() - startMs);
  }
  return { bytes: size, startMs: median(times) };
}

/** Formats the figures as a table. */
export function startTable({ bytes, startMs }: StartFigures): string {
  return formatTable(["size of the executable, MiB", "`version`, ms"], [
    [formatNumber(toMib(bytes)), formatNumber(startMs)],
  ]);
}
