/**
 * `demo`: simulates a small plant with real Modbus TCP on loopback and collects
 * its readings with the real agent.
 *
 * @module
 */

import { resolve } from "node:path";
import { loadSetup, type Setup } from "../../agent/setup/load_setup.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { createPlant } from "../../simulator/plant/plant.ts";
import { type RunningPlant, startPlant } from "../../simulator/plant/start_plant.ts";
import { ensureTopics } from "../../uplink/kafka/admin.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { demoConfig } from "./config.ts";
import { runDemoAgent } from "./run_agent.ts";

/** Options of `demo`. */
export interface DemoOptions {
  /** `host:port` of each broker; empty = write files. */
  readonly brokers: readonly string[];
  /** null = until a signal. */
  readonly durationMs: number | null;
  /** null = the default folder. */
  readonly dataDir: string | null;
  readonly json: boolean;
  /** Number of simulated inverters. */
  readonly inverters: number;
  /** Size limit of the buffer, in bytes; null = the default. */
  readonly maxBytes: number | null;
  /** "none" = records are stored and never sent. */
  readonly uplink: "files" | "none";
}

/** Default data folder, in the current folder. */
const DATA_DIR = "sunspec-demo";
/** Seed of the simulation: the plant is the same every time. */
const SEED = 20_260_621;

/** Runs the demo; returns the exit code. */
export async function demo(options: DemoOptions, io: CliIo): Promise<number> {
  const folder = resolve(options.dataDir ?? DATA_DIR);
  let logFile: Deno.FsFile;
  try {
    await Deno.mkdir(folder, { recursive: true });
    logFile = await Deno.open(`${folder}/agent.log`, { append: true, create: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    io.stderr.write(
      `demo: cannot write to the folder ${folder} (${reason}). Choose another with --data-dir DIR\n`,
    );
    return EXIT.failure;
  }
  const plant = startDemoPlant(options.inverters);
  try {
    const configFile = `${folder}/sunspec-collector.toml`;
    await Deno.writeTextFile(configFile, demoConfig(folder, plant.addresses, options));
    const loaded = await loadSetup(configFile, {});
    if (!loaded.ok) {
      const problems = loaded.fault.map((problem) => `${describeProblem(problem)}\n`);
      io.stderr.write(problems.join(""));
      return EXIT.config;
    }
    if (options.brokers.length > 0 && !await createTopics(loaded.value, io)) {
      return EXIT.unavailable;
    }
    const { durationMs, json } = options;
    const destination = describeDestination(options, folder);
    return await runDemoAgent(loaded.value, {
      ...{ folder, configFile, destination, durationMs, json, io, logFile },
    });
  } finally {
    await plant.close();
    logFile.close();
  }
}

function startDemoPlant(inverters: number): RunningPlant {
  const plant = createPlant({
    inverters,
    meters: 2,
    ...{ battery: true, weather: true, seed: SEED },
  });
  return startPlant(plant, SYSTEM_CLOCK);
}

/** The destination of the records, for people; null = none. */
function describeDestination(
  { brokers, uplink }: DemoOptions,
  folder: string,
): string | null {
  if (brokers.length > 0) return `Kafka at ${brokers.join(", ")}`;
  return uplink === "none" ? null : `Avro files in ${folder}/records`;
}

/** Creates the topics, which the agent never does. Returns false on an error or a signal. */
async function createTopics({ config }: Setup, io: CliIo): Promise<boolean> {
  const { brokers, topics: { models: _models, ...topics } } = config.uplink;
  const created = await Promise.race([
    ensureTopics(
      { brokers, clientId: "sunspec-collector-demo", securityProtocol: "PLAINTEXT" },
      Object.values(topics),
      () => {},
    ),
    untilAborted(io.signal),
  ]);
  if (created === null) {
    io.stderr.write("demo: interrupted before it started\n");
    return false;
  }
  if (!created.ok) {
    io.stderr.write(
      `demo: cannot create the topics at ${
        brokers.join(", ")
      }: ${created.fault.detail}\n`,
    );
  }
  return created.ok;
}

/** Resolves with null when `signal` aborts. */
function untilAborted(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener("abort", () => resolve(null), { once: true });
  return promise;
}
