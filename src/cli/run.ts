/**
 * `run --config FILE`: the agent.
 *
 * @module
 */

import { type Agent, type AgentOptions, startAgent } from "../app.ts";
import type { Log } from "../base/log.ts";
import type { BufferFault } from "../buffer/buffer.ts";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { describeProblem } from "../config/problem.ts";
import { watchLoopLag } from "../host/loop_lag.ts";
import { openServiceManager, type ServiceManager } from "../host/systemd.ts";
import { createLog } from "../observe/log.ts";
import { toAgentOptions } from "./agent_setup.ts";
import { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";
import { type Observation, startObservation } from "./observation.ts";
import { VERSION } from "./version.ts";

/** Options of `run`. */
export interface RunOptions {
  /** The configuration file. */
  readonly config: string;
}

/** Below the 10 s within which the agent promises to end. */
const STOP_LIMIT_MS = 8_500;

/** How often the service manager is told how the agent stands. */
const STATUS_EVERY_MS = 5_000;

/** A window's worst lag of the event loop from which on it is worth a line, in ms. */
const LAG_WORTH_TELLING_MS = 100;

/** Runs until a signal; returns the exit code. */
export async function run(options: RunOptions, io: CliIo): Promise<number> {
  const loaded = await loadConfig(options.config, io.env);
  if (!loaded.ok) {
    for (const problem of loaded.fault) {
      io.stderr.write(`${describeProblem(problem)}\n`);
    }
    return EXIT.config;
  }
  const { config, warnings, credentials } = loaded.value;
  const log = createLog({
    level: config.log.level,
    format: config.log.format === "auto"
      ? (io.stderr.isTerminal ? "pretty" : "json")
      : config.log.format,
    write: (text) => io.stderr.write(text),
    nowMs: () => Date.now(),
    secrets: [credentials.key, credentials.saslPassword].filter((one) => one !== null),
  });
  try {
    log.event("agent.started", { version: VERSION, gateway: config.gateway.id });
    for (const problem of warnings) {
      log.event("config.warning", {
        path: problem.path,
        problem: describeProblem(problem),
      });
    }
    return await runAgent(loaded.value, log, io);
  } finally {
    log.close();
  }
}

async function runAgent(loaded: LoadedConfig, log: Log, io: CliIo): Promise<number> {
  const ended = new AbortController();
  const service = openServiceManager(
    io.env,
    (detail) => log.event("host.notify_failed", { detail }),
  );
  const lag = watchLoopLag({
    onWindow: ({ p50Ms, maxMs }) => {
      if (maxMs >= LAG_WORTH_TELLING_MS) log.event("host.loop_lag", { p50Ms, maxMs });
    },
  });
  let observation: Observation | undefined;
  try {
    const options = await toAgentOptions(loaded, log, ended.signal);
    if (!options.ok) return refuse(options.fault, log);
    observation = startObservation(loaded.config.observe, options.value, log);
    const started = await startAgent(options.value);
    if (!started.ok) return refuse(started.fault, log);
    observation.running(started.value);
    const stage = { log, io, service, observation };
    return await watch(started.value, options.value, stage);
  } finally {
    ended.abort();
    observation?.close();
    lag.close();
    service.close();
  }
}

function refuse({ kind, detail }: BufferFault, log: Log): number {
  log.event("agent.failed", { error: detail });
  return kind === "in_use" ? EXIT.unavailable : EXIT.failure;
}

interface Stage {
  readonly log: Log;
  readonly io: CliIo;
  readonly service: ServiceManager;
  readonly observation: Observation;
}

/** Tells systemd how it goes until a signal or a failure ends the agent. */
async function watch(
  agent: Agent,
  options: AgentOptions,
  { log, io, service, observation }: Stage,
): Promise<number> {
  const uplink = agent.view.pump === null ? "none" : uplinkName(options);
  log.event("agent.ready", { devices: options.roster.length, uplink });
  await service.ready(observation.status.summary);
  const status = setInterval(
    () => void service.status(observation.status.summary),
    STATUS_EVERY_MS,
  );
  const watchdog = service.watchdogEveryMs === null ? undefined : setInterval(() => {
    const { stalled } = agent.view;
    if (stalled === undefined) void service.watchdog();
    else log.event("host.watchdog_withheld", { part: stalled });
  }, service.watchdogEveryMs);

  const failure = await Promise.race([
    agent.failure,
    new Promise<undefined>((resolve) => {
      if (io.signal.aborted) resolve(undefined);
      io.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    }),
  ]);

  clearInterval(status);
  clearInterval(watchdog);
  const reason = failure?.message ?? String(io.signal.reason?.message ?? "asked to");
  if (failure !== undefined) log.event("agent.failed", { error: failure.message });
  log.event("agent.stopping", { reason });
  observation.stopping();
  await service.stopping(`stopping: ${reason}`);
  const startedMs = performance.now();
  const { rowsLeft } = await agent.stop(io.hurry.aborted ? 0 : STOP_LIMIT_MS);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  log.event("agent.stopped", { seconds, rowsLeft });
  return failure === undefined ? EXIT.ok : EXIT.internal;
}

function uplinkName({ brokerAddress }: AgentOptions): string {
  return brokerAddress === null ? "files" : `kafka ${brokerAddress}`;
}
