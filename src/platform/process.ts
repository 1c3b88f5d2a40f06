/**
 * Facts about this process: memory, processor time, id and kind of program.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { getHeapStatistics } from "node:v8";

/** Memory of this process, in bytes. */
export interface ProcessMemory {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly heapMaxBytes: number;
}

/** Reads the memory of this process. */
export function readMemory(): ProcessMemory {
  const { rss, heapUsed } = Deno.memoryUsage();
  return {
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapMaxBytes: getHeapStatistics().heap_size_limit,
  };
}

/** Processor time of this process since its start, in s. */
export function readCpuSeconds(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}

/** Whether this is the compiled program. */
export function isCompiled(): boolean {
  return Deno.build.standalone;
}

/** Id and start of this process; the start is in ms since the Unix epoch. */
export function readProcess(): { readonly pid: number; readonly sinceAtMs: number } {
  return { pid: Deno.pid, sinceAtMs: Math.round(performance.timeOrigin) };
}
