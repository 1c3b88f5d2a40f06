/**
 * Memory, file descriptors and CPU time of a process.
 *
 * @module
 */

/** Resources of a process. */
export interface ProcessUsage {
  readonly rssBytes: number;
  readonly fileDescriptors: number;
  readonly cpuSeconds: number;
}

/** Reads a process's resources from /proc (Linux). */
export function processUsage(pid: number): ProcessUsage {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime, in ticks of 10 ms
  return {
    rssBytes: 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]),
    fileDescriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
    cpuSeconds: ticks / 100,
  };
}
