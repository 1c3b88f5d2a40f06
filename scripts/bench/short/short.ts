/**
 * A measurement that takes less than two minutes and states how far it can be off: the
 * executable with simulated devices and a broker, in windows. Compare two versions only
 * by figures whose intervals do not overlap.
 *
 * @module
 */

import { type FleetDevice, startFleet } from "../../../src/testing/agent/fleet.ts";
import { startBroker } from "../../../src/testing/kafka/kafka.ts";
import { pause } from "../../../src/testing/pause.ts";
import { formatNumber, formatTable, toMib } from "../figures.ts";
import { startMeasuredAgent } from "../measured_agent.ts";
import { cpuSeconds, memoryOf } from "../proc.ts";
import { type Estimate, estimate } from "./uncertainty.ts";

const DEVICES = 200;
const INTERVAL_MS = 1_000;
const WARM_UP_MS = 30_000;
const WINDOWS = 12;
const WINDOW_MS = 4_000;
const TOPICS = { inverter: "short", meter: "short", events: "short-events" };

/** The figures of the executable. */
export interface ShortFigures {
  readonly cpuMicrosPerPoll: Estimate;
  readonly rssMib: Estimate;
}

/** Measures the executable once. */
export async function measureShort(
  binary: string,
  folder: string,
): Promise<ShortFigures> {
  await using broker = await startBroker();
  for (const topic of new Set(Object.values(TOPICS))) await broker.createTopic(topic);
  await using fleet = await startFleet(
    Array.from({ length: DEVICES }, (_, nth): FleetDevice => ({
      kind: "good",
      id: `device-${nth}`,
      unitId: 1,
    })),
  );
  const polls = async (): Promise<number> =>
    Object.values((await fleet.report()).devices)
      .reduce((sum, device) => sum + device.polls.length, 0);
  const own = `${folder}/short`;
  await Deno.mkdir(own);
  await using agent = await startMeasuredAgent({
    ...{ binary, folder: own, bootstrap: broker.bootstrap, topics: TOPICS },
    devices: fleet.tables(() => ({ ["interval_ms"]: INTERVAL_MS })),
    logLevel: "error",
  });
  await pause(WARM_UP_MS);
  const micros: number[] = [];
  const sizes: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = { cpu: cpuSeconds(agent.pid), polls: await polls() };
    await pause(WINDOW_MS);
    const done = await polls() - before.polls;
    if (done === 0) throw new Error(`No poll: ${await agent.log()}`);
    micros.push((cpuSeconds(agent.pid) - before.cpu) * 1e6 / done);
    sizes.push(toMib(memoryOf(agent.pid).rss));
  }
  return { cpuMicrosPerPoll: estimate(micros), rssMib: estimate(sizes) };
}

/** Formats the figures with their intervals. */
export function shortTable({ cpuMicrosPerPoll, rssMib }: ShortFigures): string {
  const row = (name: string, { mean, plusMinus, count }: Estimate): string[] => [
    name,
    formatNumber(mean),
    `± ${formatNumber(plusMinus)} (${formatNumber(100 * plusMinus / mean)} %)`,
    String(count),
  ];
  return formatTable(
    [`${DEVICES} devices, once per second`, "mean", "95 % interval", "windows"],
    [
      row("CPU per poll, µs", cpuMicrosPerPoll),
      row("resident memory, MiB", rssMib),
    ],
  );
}
