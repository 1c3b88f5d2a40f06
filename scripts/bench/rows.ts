/**
 * Measures what a poll costs from its registers to its rows: processor time and
 * allocated bytes, in this process, without sockets and without a buffer.
 *
 * @module
 */

import { formatNumber, formatTable, median } from "./figures.ts";
import { cpuSeconds } from "./proc.ts";
import { createRowFleet, type RowFleet } from "./row_fleet.ts";

const DEVICES = 200;
/** Polls of each device before the measurement: V8 has compiled the hot code then. */
const WARM_UP_ROUNDS = 60;
/** Polls of each device in one measurement. */
const ROUNDS = 40;
/** Number of devices between two looks at the heap; less is allocated than it can hold. */
const DEVICES_PER_LOOK = 10;

/** What one poll costs. */
export interface RowFigures {
  readonly requests: number;
  readonly records: number;
  /** Processor time of all threads, in µs. */
  readonly micros: number;
  /** The part of it until the registers are verified. */
  readonly checkMicros: number;
  /** Bytes allocated on the heap. */
  readonly allocated: number;
}

/** Measures `repeats` times; the medians. */
export async function measureRows(repeats: number): Promise<RowFigures> {
  const fleet = await createRowFleet(DEVICES);
  await fleet.poll(WARM_UP_ROUNDS);
  const before = fleet.records;
  const allocated = await allocatedBytes(fleet);
  const records = (fleet.records - before) / (ROUNDS * DEVICES);
  const micros: number[] = [];
  const checkMicros: number[] = [];
  for (let nth = 0; nth < repeats; nth++) {
    micros.push(await microsOf(() => fleet.poll(ROUNDS)));
    checkMicros.push(await microsOf(() => fleet.check(ROUNDS)));
  }
  return {
    requests: fleet.requests,
    records,
    micros: median(micros),
    checkMicros: median(checkMicros),
    allocated,
  };
}

async function microsOf(work: () => unknown): Promise<number> {
  const before = cpuSeconds(Deno.pid);
  await work();
  return (cpuSeconds(Deno.pid) - before) * 1e6 / (ROUNDS * DEVICES);
}

/** The sum of all growth of the heap; what is allocated just before a collection is not seen. */
async function allocatedBytes(fleet: RowFleet): Promise<number> {
  let sum = 0;
  let looks = 0;
  let polls = 0;
  let last = Deno.memoryUsage().heapUsed;
  await fleet.poll(ROUNDS, () => {
    if (++polls % DEVICES_PER_LOOK !== 0) return;
    const used = Deno.memoryUsage().heapUsed;
    // A collection took place in between: this look is left out.
    if (used >= last) {
      sum += used - last;
      looks++;
    }
    last = used;
  });
  return sum / (looks * DEVICES_PER_LOOK);
}

/** Formats the figures as a table. */
export function rowsTable(figures: RowFigures): string {
  return formatTable(
    ["requests", "records", "CPU, µs", "of it verification, µs", "allocated, KB"],
    [[
      String(figures.requests),
      formatNumber(figures.records),
      formatNumber(figures.micros),
      formatNumber(figures.checkMicros),
      formatNumber(figures.allocated / 1e3),
    ]],
  );
}
