/**
 * `demo`: a small plant, played over real Modbus TCP on loopback and collected
 * by the real agent.
 *
 * @module
 */

import { resolve } from "node:path";
import { type Agent, type AgentEnd, startAgent } from "../../agent/agent.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { createLog } from "../../observability/log/log.ts";
import { createPlant } from "../../simulator/plant/plant.ts";
import { startPlant } from "../../simulator/plant/start_plant.ts";
import { ensureTopics } from "../../uplink/kafka/admin.ts";
import {
  createAgentMeasured,
  makeStateFolder,
  toAgentOptions,
} from "../../agent/options.ts";
import { demoConfig } from "./config.ts";
import { createPatience } from "./patience.ts";
import { describeReport, toReport } from "./report.ts";
import { showDemo } from "./screen.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { loadSetup, type Setup } from "../../agent/load_setup.ts";

/** Options of `demo`. */
export interface DemoOptions {
  /** `host:port` each; empty = the embedded uplink (files). */
  readonly brokers: readonly string[];
  /** null = until a signal. */
  readonly durationMs: number | null;
  /** null = a default folder. */
  readonly dataDir: string | null;
  readonly json: boolean;
  /** How many inverters to play. */
  readonly inverters: number;
  /** The buffer's bound, in bytes; null = its default. */
  readonly maxBytes: number | null;
  /** "none" = rows are stored and never sent. */
  readonly uplink: "files" | "none";
}

/** Where a demo writes unless told otherwise, in the current folder. */
const DATA_DIR = "sunspec-demo";
/** How long the end may take: the rest is sent, the file is closed. */
const STOP_LIMIT_MS = 9_000;
/** A far side that is away for so long ends the demo. */
const AWAY_LIMIT_MS = 15_000;
const LOOK_MS = 250;
/** The same plant every time. */
const SEED = 20_260_621;

/** Plays; returns the exit code. */
export async function demo(options: DemoOptions, io: CliIo): Promise<number> {
  const folder = resolve(options.dataDir ?? DATA_DIR);
  let logFile: Deno.FsFile;
  try {
    await Deno.mkdir(folder, { recursive: true });
    logFile = await Deno.open(`${folder}/agent.log`, { append: true, create: true });
  } catch (error) {
    io.stderr.write(
      `demo: cannot write in the folder ${folder} (${
        messageOf(error)
      }); choose another with --data-dir DIR\n`,
    );
    return EXIT.failure;
  }
  const plant = startPlant(
    createPlant({
      inverters: options.inverters,
      meters: 2,
      ...{ battery: true, weather: true, seed: SEED },
    }),
    SYSTEM_CLOCK,
  );
  try {
    const configFile = `${folder}/sunspec-collector.toml`;
    await Deno.writeTextFile(configFile, demoConfig(folder, plant.addresses, options));
    const loaded = await loadSetup(configFile, {});
    if (!loaded.ok) {
      const problems = loaded.fault.map((problem) => `${describeProblem(problem)}\n`);
      io.stderr.write(problems.join(""));
      return EXIT.config;
    }
    if (options.brokers.length > 0 && !await haveTopics(loaded.value, io)) {
      return EXIT.unavailable;
    }
    const farSide = options.brokers.length > 0
      ? `Kafka at ${options.brokers.join(", ")}`
      : options.uplink === "none"
      ? null
      : `Avro files in ${folder}/records`;
    const stage = { folder, configFile, farSide, options, io, logFile };
    return await play(loaded.value, stage);
  } finally {
    await plant.close();
    logFile.close();
  }
}

/** Creates the topics, which the agent itself never does; false = not, or a signal came first. */
async function haveTopics({ config }: Setup, io: CliIo): Promise<boolean> {
  const { brokers, topics: { models: _models, ...topics } } = config.uplink;
  const made = await Promise.race([
    ensureTopics(
      { brokers, clientId: "sunspec-collector-demo", securityProtocol: "PLAINTEXT" },
      Object.values(topics),
      () => {},
    ),
    aborted(io.signal),
  ]);
  if (made === null) {
    io.stderr.write("demo: interrupted before it began\n");
    return false;
  }
  if (!made.ok) {
    io.stderr.write(
      `demo: cannot create the topics at ${brokers.join(", ")}: ${made.fault.detail}\n`,
    );
  }
  return made.ok;
}

/** Resolves with null once `signal` aborts. */
function aborted(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener("abort", () => resolve(null), { once: true });
  return promise;
}

interface Stage {
  readonly folder: string;
  readonly configFile: string;
  /** Where rows go, for people; null = nowhere. */
  readonly farSide: string | null;
  readonly options: DemoOptions;
  readonly io: CliIo;
  /** Where the agent's log goes. */
  readonly logFile: Deno.FsFile;
}

async function play(loaded: Setup, stage: Stage): Promise<number> {
  const { io, logFile } = stage;
  const encoder = new TextEncoder();
  const log = createLog({
    level: "info",
    format: "json",
    write: (text) => void logFile.writeSync(encoder.encode(text)),
    nowMs: () => Date.now(),
  });
  const ended = new AbortController();
  try {
    const folder = await makeStateFolder(loaded.config.buffer);
    const measured = createAgentMeasured();
    const agentOptions = await toAgentOptions(loaded, log, measured, ended.signal);
    const startedMs = performance.now();
    const started = folder.ok
      ? await startAgent(
        stage.farSide === null
          ? { ...agentOptions, makeFarSide: () => null }
          : agentOptions,
      )
      : folder;
    if (!started.ok) {
      io.stderr.write(`demo: ${started.fault.detail}\n`);
      return EXIT.failure;
    }
    const agent = started.value;
    const why = await watch(agent, stage);
    const end = await agent.stop(io.hurry.aborted ? 0 : STOP_LIMIT_MS);
    return tell(end, performance.now() - startedMs, why, stage);
  } finally {
    ended.abort();
    log.close();
  }
}

/** Shows the agent until it is time to end; a text says that it ended badly. */
async function watch(
  agent: Agent,
  { options, io, farSide }: Stage,
): Promise<string | null> {
  const startedMs = performance.now();
  const screen = showDemo(io, { json: options.json, uplink: farSide ?? "nowhere" });
  let failure: Error | undefined;
  agent.failure.then((error) => failure = error);
  const isOver = createPatience(AWAY_LIMIT_MS);
  try {
    for (;;) {
      const elapsedMs = performance.now() - startedMs;
      screen.update(agent.view, elapsedMs, options.durationMs);
      if (failure !== undefined) return `the agent failed: ${failure.message}`;
      if (io.signal.aborted) return null;
      if (options.durationMs !== null && elapsedMs >= options.durationMs) return null;
      const { pump } = agent.view;
      if (pump !== null && isOver(pump, elapsedMs)) {
        const seconds = Math.round(AWAY_LIMIT_MS / 1_000);
        return `nothing could be delivered for ${seconds} s: ${
          pump.lastError?.detail ?? pump.alarms[0]?.text ?? "the far side is away"
        }`;
      }
      await SYSTEM_CLOCK.sleep(LOOK_MS, io.signal).catch(() => {});
    }
  } finally {
    screen.close();
  }
}

function tell(
  end: AgentEnd,
  elapsedMs: number,
  why: string | null,
  { folder, configFile, farSide, options, io }: Stage,
): number {
  const report = toReport(end, elapsedMs);
  const queueFile = `${folder}/queue.db`;
  const text = describeReport(report, end, { farSide, queueFile, configFile });
  if (options.json) io.stdout.write(`${JSON.stringify(report)}\n`);
  else io.stdout.write(text);
  if (why !== null) io.stderr.write(`demo: ${why}\n`);
  const whole = end.rowsLeft === 0 && report.lost === 0 && why === null;
  if (!whole && options.json) io.stderr.write(text);
  return whole ? EXIT.ok : EXIT.failure;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
