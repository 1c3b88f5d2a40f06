/**
 * Counts the bytes that a poll allocates from its registers to its rows and prints an
 * `AllocationCount`. Requires the flags `COUNT_V8_FLAGS`.
 *
 * @module
 */

import { createRowFleet } from "../row_fleet.ts";
import type { AllocationCount } from "./budget.ts";

const DEVICES = 50;
/** Polls of each device until V8 has compiled the hot code. */
const WARM_UP_ROUNDS = 180;
/** Polls of each device in one measurement. */
const ROUNDS = 20;
const MEASUREMENTS = 3;

declare const gc: () => void;

function bytesInUse(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

const fleet = await createRowFleet(DEVICES);
await fleet.poll(WARM_UP_ROUNDS);
const bytesPerPoll: number[] = [];
for (let nth = 0; nth < MEASUREMENTS; nth++) {
  gc();
  const before = bytesInUse();
  await fleet.poll(ROUNDS);
  bytesPerPoll.push((bytesInUse() - before) / (ROUNDS * DEVICES));
}
const count: AllocationCount = { bytesPerPoll };
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(count)}\n`));
