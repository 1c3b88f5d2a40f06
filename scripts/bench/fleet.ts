/**
 * Measures whole pipelines with a fleet of devices. The programs take turns, so that
 * other load on the machine affects all of them.
 *
 * @module
 */

import { startBroker } from "../../src/testing/kafka/kafka.ts";
import { pause } from "../../src/testing/pause.ts";
import { startChild } from "./child.ts";
import {
  formatNumber,
  formatRatio,
  formatTable,
  median,
  mediansOf,
  toMib,
} from "./figures.ts";
import { countRecords } from "./offsets.ts";
import { cpuSeconds, machineSeconds, memoryOf } from "./proc.ts";
import type { Program } from "./programs.ts";
import { type SimulatedDevices, startSimulatedDevices } from "./rust_peer.ts";

/** Options of the measurement. */
export interface FleetOptions {
  /** Numbers of devices; each device is polled once per second. */
  readonly sizes: readonly number[];
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Figures of one run, or the medians of several. */
export interface FleetFigures {
  /** Processor seconds per 1000 polls, after the warm-up. */
  readonly cpuPer1000: number;
  /** Median of the resident memory after the warm-up, in bytes. */
  readonly rss: number;
  /** Maximum of the resident memory since the start, in bytes. */
  readonly peak: number;
  /** Median of the resident memory that is not backed by a file, in bytes. */
  readonly anonymous: number;
  /** Records per poll that reached the broker after the warm-up. */
  readonly delivered: number;
  /** Number of cores used by other programs, including simulator and broker. */
  readonly others: number;
  /** Processor time that the hypervisor did not provide (steal), as a number of cores. */
  readonly stolen: number;
}

/** The medians of one program with one number of devices. */
export interface FleetResult {
  readonly size: number;
  readonly program: string;
  readonly figures: FleetFigures;
}

const SAMPLE_EVERY_MS = 500;
/** Records per poll below which the program did not keep up; rows in flight explain less. */
const DELIVERED_MIN = 0.8;

/** Measures every program with every number of devices; the last program is the reference. */
export async function measureFleets(
  peer: string,
  programs: readonly Program[],
  options: FleetOptions,
  folder: string,
  print: (text: string) => void,
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
    const devices = await startSimulatedDevices(peer, size, folder);
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
        print(`${size} devices, ${program.name}: ${describe(figures)}\n`);
      }
    }
    for (const [program, figures] of runs) {
      results.push({ size, program: program.name, figures: mediansOf(figures) });
    }
  }
  return results;
}

interface Run extends FleetOptions {
  readonly devices: SimulatedDevices;
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
  await using child = await startChild(command, `${folder}/output.log`);
  await pause(warmUpSeconds * 1_000);
  const samples: number[] = [];
  const anonymous: number[] = [];
  try {
    const recordsBefore = await countRecords(bootstrap, topic);
    const before = { cpu: cpuSeconds(child.pid), machine: machineSeconds() };
    const startMs = performance.now();
    while (performance.now() - startMs < seconds * 1_000) {
      await pause(SAMPLE_EVERY_MS);
      const now = memoryOf(child.pid);
      samples.push(now.rss);
      anonymous.push(now.anonymous);
    }
    const cpu = cpuSeconds(child.pid) - before.cpu;
    const tookS = (performance.now() - startMs) / 1_000;
    const machine = machineSeconds();
    const { peak } = memoryOf(child.pid);
    const records = await countRecords(bootstrap, topic) - recordsBefore;
    const polls = devices.count * tookS;
    if (records === 0) throw new Error("No record reached the broker");
    // A program that does not keep up made only as many polls as it delivered records.
    const done = records < DELIVERED_MIN * polls ? records : polls;
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
    const log = (await child.log()).slice(-2_000);
    throw new Error(`${program.name} with ${devices.count} devices: ${log}`, {
      cause: error,
    });
  }
}

function describe({ cpuPer1000, rss, peak, delivered, others }: FleetFigures): string {
  return `${formatNumber(cpuPer1000)} CPU s per 1000 polls, RSS ${
    formatNumber(toMib(rss))
  } MiB, ` +
    `peak ${formatNumber(toMib(peak))} MiB, ${
      formatNumber(delivered * 100)
    } % delivered, ` +
    `others ${formatNumber(others)} cores`;
}

/** Formats the figures as a table; ratios refer to the last program. */
export function fleetTable(results: readonly FleetResult[]): string {
  const reference = results.at(-1)?.program;
  return formatTable(
    [
      ...["devices", "program", "CPU s per 1000 polls", "ratio", "RSS, MiB"],
      ...["peak RSS, MiB", "ratio", "delivered", "others, cores"],
    ],
    results.map(({ size, program, figures }) => {
      const base = results.find((one) => one.size === size && one.program === reference)
        ?.figures;
      return [
        String(size),
        program,
        formatNumber(figures.cpuPer1000),
        formatRatio(figures.cpuPer1000, base?.cpuPer1000 ?? NaN),
        formatNumber(toMib(figures.rss)),
        formatNumber(toMib(figures.peak)),
        formatRatio(figures.peak, base?.peak ?? NaN),
        `${formatNumber(figures.delivered * 100)} %`,
        formatNumber(figures.others),
      ];
    }),
  );
}
