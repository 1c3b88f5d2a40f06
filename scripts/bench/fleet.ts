/**
 * Whole pipelines over a fleet of devices, program after program in turns, so
 * that what else the machine does meets all of them.
 *
 * @module
 */

import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { start } from "./child.ts";
import { brief, median, mib, ratio, table } from "./figures.ts";
import { countRecords } from "./offsets.ts";
import { cpuSeconds, machineSeconds, memory } from "./proc.ts";
import type { Program } from "./programs.ts";
import { type Devices, startDevices } from "./rust_peer.ts";

/** How the fleets are run. */
export interface FleetOptions {
  /** Devices, each polled once a second. */
  readonly sizes: readonly number[];
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** One run, or the medians of several. */
export interface FleetFigures {
  /** Processor seconds for 1000 polls, in the window after the warm-up. */
  readonly cpuPer1000: number;
  /** Median and most of the resident memory, bytes; `peak` from the start on. */
  readonly rss: number;
  readonly peak: number;
  readonly anonymous: number;
  /** Records that reached the broker in the window, for one poll. */
  readonly delivered: number;
  /** Cores that others than the program kept busy, simulator and broker included. */
  readonly others: number;
  /** Share of the machine's time that its host took away. */
  readonly stolen: number;
}

/** The medians of one program at one size. */
export interface FleetResult {
  readonly size: number;
  readonly program: string;
  readonly figures: FleetFigures;
}

const SAMPLE_EVERY_MS = 500;
/** Less than this is more than rows that are still on their way at both ends of the window. */
const DELIVERED_LEAST = 0.8;

/** Runs every program at every size; the last is what the others are compared with. */
export async function measureFleets(
  peer: string,
  programs: readonly Program[],
  options: FleetOptions,
  folder: string,
  say: (text: string) => void,
): Promise<FleetResult[]> {
  await using broker = await startBroker();
  const results: FleetResult[] = [];
  for (const size of options.sizes) {
    const topics = new Map<Program, string>();
    for (const program of programs) {
      const topic = `bench-${size}-${topics.size}`;
      topics.set(program, topic);
      await broker.createTopic(topic);
      await broker.createTopic(`${topic}-events`);
    }
    const devices = await startDevices(peer, size, folder);
    await using _devices = devices.child;
    const runs = new Map<Program, FleetFigures[]>();
    for (let turn = 0; turn < options.repeats; turn++) {
      for (const [program, topic] of topics) {
        const own = await Deno.makeTempDir({ dir: folder });
        const figures = await measureOnce(program, {
          ...options,
          ...{ devices, topic, folder: own, bootstrap: broker.bootstrap },
        });
        await Deno.remove(own, { recursive: true });
        runs.set(program, [...runs.get(program) ?? [], figures]);
        say(`${size} devices, ${program.name}: ${describe(figures)}\n`);
      }
    }
    for (const [program, figures] of runs) {
      results.push({ size, program: program.name, figures: medians(figures) });
    }
  }
  return results;
}

interface Run extends FleetOptions {
  readonly devices: Devices;
  readonly topic: string;
  readonly folder: string;
  readonly bootstrap: string;
}

async function measureOnce(program: Program, run: Run): Promise<FleetFigures> {
  const { devices, topic, folder, bootstrap, seconds, warmUpSeconds } = run;
  const command = await program.command({
    ...{ devices, topic, folder, bootstrap },
    seconds: warmUpSeconds + seconds + 30,
  });
  await using child = await start(command, `${folder}/said.log`);
  await sleep(warmUpSeconds * 1_000);
  const samples: number[] = [];
  const anonymous: number[] = [];
  try {
    const recordsBefore = await countRecords(bootstrap, topic);
    const before = { cpu: cpuSeconds(child.pid), machine: machineSeconds() };
    const startMs = performance.now();
    while (performance.now() - startMs < seconds * 1_000) {
      await sleep(SAMPLE_EVERY_MS);
      const now = memory(child.pid);
      samples.push(now.rss);
      anonymous.push(now.anonymous);
    }
    const cpu = cpuSeconds(child.pid) - before.cpu;
    const tookS = (performance.now() - startMs) / 1_000;
    const machine = machineSeconds();
    const { peak } = memory(child.pid);
    const records = await countRecords(bootstrap, topic) - recordsBefore;
    const polls = devices.count * tookS;
    if (records === 0) throw new Error("nothing arrived");
    // A program that cannot keep up did only as many polls as it delivered.
    const done = records < DELIVERED_LEAST * polls ? records : polls;
    return {
      cpuPer1000: cpu * 1_000 / done,
      rss: median(samples),
      peak,
      anonymous: median(anonymous),
      delivered: records / polls,
      others: (machine.busy - before.machine.busy - cpu) / tookS,
      stolen: (machine.stolen - before.machine.stolen) / tookS,
    };
  } catch (error) {
    const said = (await child.said()).slice(-2_000);
    throw new Error(`${program.name} with ${devices.count} devices: ${said}`, {
      cause: error,
    });
  }
}

function medians(runs: readonly FleetFigures[]): FleetFigures {
  const of = (name: keyof FleetFigures): number => median(runs.map((run) => run[name]));
  return {
    cpuPer1000: of("cpuPer1000"),
    rss: of("rss"),
    peak: of("peak"),
    anonymous: of("anonymous"),
    delivered: of("delivered"),
    others: of("others"),
    stolen: of("stolen"),
  };
}

function describe({ cpuPer1000, rss, peak, delivered, others }: FleetFigures): string {
  return `${brief(cpuPer1000)} CPU s per 1000 polls, RSS ${brief(mib(rss))} MiB, ` +
    `peak ${brief(mib(peak))} MiB, ${brief(delivered * 100)} % delivered, ` +
    `others ${brief(others)} cores`;
}

/** The figures as a table; ratios are to the last program, the yardstick. */
export function fleetTable(results: readonly FleetResult[]): string {
  const yardstick = results.at(-1)?.program;
  return table(
    [
      ...["devices", "program", "CPU s per 1000 polls", "ratio", "RSS, MiB"],
      ...["peak RSS, MiB", "ratio", "delivered", "others, cores"],
    ],
    results.map(({ size, program, figures }) => {
      const base = results.find((one) => one.size === size && one.program === yardstick)
        ?.figures;
      return [
        String(size),
        program,
        brief(figures.cpuPer1000),
        ratio(figures.cpuPer1000, base?.cpuPer1000 ?? NaN),
        brief(mib(figures.rss)),
        brief(mib(figures.peak)),
        ratio(figures.peak, base?.peak ?? NaN),
        `${brief(figures.delivered * 100)} %`,
        brief(figures.others),
      ];
    }),
  );
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
