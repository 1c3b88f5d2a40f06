/**
 * What the binary costs before it does anything: its size, and the time to its
 * first word.
 *
 * @module
 */

import { output } from "./child.ts";
import { brief, median, mib, table } from "./figures.ts";

/** The binary at rest and at start. */
export interface StartFigures {
  readonly bytes: number;
  /** From the call of `version` to its end, ms. */
  readonly startMs: number;
}

const START_LIMIT_MS = 20_000;

/** Starts the binary `rounds` times; the file is in the page cache from the first on. */
export async function measureStart(
  binary: string,
  rounds: number,
): Promise<StartFigures> {
  const { size } = await Deno.stat(binary);
  const command = [binary, "version"] as const;
  await output(command, { limitMs: START_LIMIT_MS });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    await output(command, { limitMs: START_LIMIT_MS });
    times.push(performance.now() - startMs);
  }
  return { bytes: size, startMs: median(times) };
}

/** The figures as a table. */
export function startTable({ bytes, startMs }: StartFigures): string {
  return table(["size of the binary, MiB", "`version`, ms"], [
    [brief(mib(bytes)), brief(startMs)],
  ]);
}
