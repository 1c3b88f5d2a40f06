/**
 * Measures how late healthy devices are polled while others are in trouble, beside a run
 * in which all devices are healthy. The same devices are measured in both.
 *
 * @module
 */

import {
  type FleetDevice,
  quantile,
  slotLatenessMs,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { startBroker, type TestBroker } from "../../src/testing/kafka/kafka.ts";
import { pause } from "../../src/testing/pause.ts";
import { formatNumber, formatTable, median } from "./figures.ts";
import { startMeasuredAgent } from "./measured_agent.ts";
import { cpuSeconds } from "./proc.ts";

/** Options of the measurement. */
export interface TroubleOptions {
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** An executable of the agent. */
export interface TroubleProgram {
  readonly name: string;
  readonly binary: string;
}

/** The figures of one run, or the medians of several. */
export interface TroubleFigures {
  readonly program: string;
  /** Number of devices in trouble. */
  readonly troubled: number;
  /** Lateness of the polls of healthy devices, in ms. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly polls: number;
  readonly cpuShare: number;
  /** Lateness of the simulated devices' own timers, in ms: caused by the machine. */
  readonly ownLagP99Ms: number;
}

const INTERVAL_MS = 1_000;
const HEALTHY = 150;
/** Number of devices of each kind of trouble; five kinds. */
const OF_EACH_KIND = 10;
const TOPICS = { inverter: "trouble", meter: "trouble", events: "trouble-events" };

/** Measures every program with and without trouble `repeats` times; the runs take turns. */
export async function measureTrouble(
  programs: readonly TroubleProgram[],
  options: TroubleOptions,
  folder: string,
  print: (text: string) => void,
): Promise<TroubleFigures[]> {
  await using broker = await startBroker();
  for (const topic of new Set(Object.values(TOPICS))) await broker.createTopic(topic);
  const runs: TroubleFigures[] = [];
  for (let turn = 0; turn < options.repeats; turn++) {
    for (const program of programs) {
      for (const troubled of [[], TROUBLED]) {
        const own = await Deno.makeTempDir({ dir: folder });
        const run = { ...options, broker, folder: own, program, troubled };
        const figures = await measureOnce(run);
        await Deno.remove(own, { recursive: true });
        runs.push(figures);
        print(`${describe(figures)}\n`);
      }
    }
  }
  return runs;
}

interface Run extends TroubleOptions {
  readonly broker: TestBroker;
  readonly folder: string;
  readonly program: TroubleProgram;
  readonly troubled: readonly FleetDevice[];
}

async function measureOnce(run: Run): Promise<TroubleFigures> {
  const { broker, folder, program, troubled } = run;
  // Without trouble the other devices are healthy too: the number of devices is the same.
  const others = troubled.length > 0
    ? troubled
    : TROUBLED.map(({ id }) => ({ id, unitId: 1, kind: "good" } as const));
  await using fleet = await startFleet([...healthy(), ...others]);
  await using agent = await startMeasuredAgent({
    ...{ binary: program.binary, folder, bootstrap: broker.bootstrap, topics: TOPICS },
    devices: fleet.tables(() => ({ ["interval_ms"]: INTERVAL_MS })),
    logLevel: "error",
  });
  await pause(run.warmUpSeconds * 1_000);
  await fleet.report(); // begins a new measurement of the fleet's own lateness
  const [fromMs, cpuBefore] = [Date.now(), cpuSeconds(agent.pid)];
  await pause(run.seconds * 1_000);
  const cpu = cpuSeconds(agent.pid) - cpuBefore;
  const tookS = (Date.now() - fromMs) / 1_000;
  const { devices, ownLagP99Ms } = await fleet.report();
  const late = healthy().flatMap(({ id }) =>
    slotLatenessMs(
      id,
      INTERVAL_MS,
      (devices[id]?.polls ?? []).filter((atMs) => atMs >= fromMs),
    )
  );
  if (late.length === 0) throw new Error(`No poll: ${await agent.log()}`);
  return {
    program: program.name,
    troubled: troubled.length,
    p50Ms: quantile(late, 0.5),
    p99Ms: quantile(late, 0.99),
    maxMs: quantile(late, 1),
    polls: late.length,
    cpuShare: cpu / tookS,
    ownLagP99Ms,
  };
}

function healthy(): FleetDevice[] {
  return devicesOf("good", HEALTHY, () => ({ kind: "good" }));
}

type Behaviour = FleetDevice extends infer One
  ? One extends FleetDevice ? Omit<One, "id" | "unitId"> : never
  : never;

function devicesOf(
  name: string,
  count: number,
  behaviour: (nth: number) => Behaviour,
): FleetDevice[] {
  return Array.from({ length: count }, (_, nth): FleetDevice => ({
    id: `${name}-${nth}`,
    unitId: 1,
    ...behaviour(nth),
  }));
}

/** Devices that hang, refuse connections, cut them, answer late, and come and go. */
const TROUBLED: readonly FleetDevice[] = [
  ...devicesOf("hanging", OF_EACH_KIND, () => ({ kind: "hanging" })),
  ...devicesOf("refused", OF_EACH_KIND, () => ({ kind: "refused" })),
  ...devicesOf("cutting", OF_EACH_KIND, () => ({ kind: "cutting" })),
  ...devicesOf("late", OF_EACH_KIND, (nth) => ({
    kind: "slow",
    delayMs: nth % 2 === 0 ? 450 : 800,
  })),
  ...devicesOf("flapping", OF_EACH_KIND, (nth) => ({
    kind: "flapping",
    upMs: 2_500 + 150 * nth,
    downMs: 1_200 + 90 * nth,
  })),
];

function describe(figures: TroubleFigures): string {
  const { program, troubled, p50Ms, p99Ms, maxMs, polls, ownLagP99Ms } = figures;
  return `${program}, ${troubled} in trouble: ${polls} polls of healthy devices late by ` +
    `${p50Ms.toFixed(1)} ms (median), ${p99Ms.toFixed(1)} ms (p99), ` +
    `${maxMs.toFixed(0)} ms (max); the machine delays timers by ` +
    `${ownLagP99Ms.toFixed(0)} ms`;
}

/** Formats the medians of each program and number of devices in trouble. */
export function troubleTable(runs: readonly TroubleFigures[]): string {
  const keys = [
    ...new Map(runs.map((one) => [`${one.program}/${one.troubled}`, one])).values(),
  ];
  return formatTable(
    [
      ...["program", "healthy", "in trouble", "late, ms (median)", "late, ms (p99)"],
      ...["late, ms (max)", "CPU, cores", "timers of the devices late, ms (p99)"],
    ],
    keys.map(({ program, troubled }) => {
      const own = runs.filter((run) =>
        run.program === program && run.troubled === troubled
      );
      const of = (value: (run: TroubleFigures) => number): string =>
        formatNumber(median(own.map(value)));
      return [
        program,
        String(HEALTHY + (troubled === 0 ? TROUBLED.length : 0)),
        String(troubled),
        of(({ p50Ms }) => p50Ms),
        of(({ p99Ms }) => p99Ms),
        of(({ maxMs }) => maxMs),
        of(({ cpuShare }) => cpuShare),
        of(({ ownLagP99Ms }) => ownLagP99Ms),
      ];
    }),
  );
}
