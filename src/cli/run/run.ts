/**
 * `run --config FILE`: the agent.
 *
 * @module
 */

import { type Agent, startAgent } from "../../agent/agent.ts";
import type { Log } from "../../base/log.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { waitAtMost } from "../../base/wait_at_most.ts";
import type { BufferFault } from "../../buffer/buffer.ts";
import { secretsOf } from "../../config/source/load.ts";
import { describeProblem } from "../../config/check/problem.ts";
import type { ControlSocket } from "../../platform/control_socket.ts";
import { isJournal } from "../../platform/journal.ts";
import { openServiceManager, type ServiceManager } from "../../platform/systemd.ts";
import { createHangup } from "../../platform/signals.ts";
import { createLog, type OpenLog } from "../../observability/log/log.ts";
import type { Measured } from "../../observability/metrics/measured.ts";
import {
  createAgentMeasured,
  makeStateFolder,
  toAgentOptions,
} from "../../agent/options.ts";
import { openControl } from "../../agent/control.ts";
import { beginStart, type Start, watchProof } from "../../agent/crash_recovery.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { loadSetup, type Setup } from "../../agent/load_setup.ts";
import { type Observation, startObservation } from "../../agent/observation.ts";
import {
  createReloader,
  describeRefusal,
  type Reloader,
  type ReloadReport,
} from "../../agent/reload.ts";
import { VERSION } from "../version/version.ts";

/** Options of `run`. */
export interface RunOptions {
  /** The configuration file. */
  readonly config: string;
}

/** Below the 10 s within which the agent promises to end. */
const STOP_LIMIT_MS = 8_500;

/** How often the service manager is told how the agent stands. */
const STATUS_EVERY_MS = 5_000;

/** Runs until a signal; returns the exit code. */
export async function run(options: RunOptions, io: CliIo): Promise<number> {
  const loaded = await loadSetup(options.config, io.env);
  if (!loaded.ok) {
    for (const problem of loaded.fault) {
      io.stderr.write(`${describeProblem(problem)}\n`);
    }
    return EXIT.config;
  }
  const { config, warnings } = loaded.value;
  const measured = createAgentMeasured();
  const log = createLog({
    level: config.log.level,
    format: config.log.format === "auto"
      ? (io.stderr.isTerminal ? "pretty" : "json")
      : config.log.format,
    write: (text) => io.stderr.write(text),
    nowMs: () => Date.now(),
    onEvent: (name) => measured.events.add(name),
    priorities: isJournal(io.env),
    secrets: secretsOf(loaded.value),
  });
  try {
    log.event("agent.started", { version: VERSION, gateway: config.gateway.id });
    for (const problem of warnings) {
      log.event("config.warning", {
        path: problem.path,
        problem: describeProblem(problem),
      });
    }
    const { config: file } = options;
    return await runAgent({ file, loaded: loaded.value, log, measured, io });
  } finally {
    log.close();
  }
}

/** What a run stands on. */
interface Run {
  /** The configuration file. */
  readonly file: string;
  readonly loaded: Setup;
  readonly log: OpenLog;
  readonly measured: Measured;
  readonly io: CliIo;
}

async function runAgent({ file, loaded, log, measured, io }: Run): Promise<number> {
  const ended = new AbortController();
  const service = openServiceManager(
    io.env,
    (detail) => log.event("host.notify_failed", { detail }),
  );
  // From the beginning: a SIGHUP that nobody hears ends the process.
  const hangup = createHangup();
  let observation: Observation | undefined;
  let reloader: Reloader | undefined;
  let control: ControlSocket | undefined;
  let start: Start | undefined;
  let endProof: (() => void) | undefined;
  const notices = (): readonly string[] =>
    [start?.notice, describeRefusal(reloader?.last)]
      .filter((one) => one !== undefined && one !== null);
  try {
    const folder = await makeStateFolder(loaded.config.buffer);
    if (!folder.ok) return refuse(folder.fault, log);
    start = await beginStart(loaded.config.buffer, io.env, log);
    const options = await toAgentOptions(loaded, log, measured, ended.signal);
    observation = startObservation(loaded.config.observe, options, notices);
    const started = await startAgent({
      ...options,
      noteEpoch: start.options.noteEpoch,
      buffer: { ...options.buffer, ...start.options.buffer },
    });
    if (!started.ok) {
      if (started.fault.kind === "in_use") await start.note.ended();
      return refuse(started.fault, log);
    }
    const agent = started.value;
    observation.running(agent);
    const stage = { log, io, service, observation };
    reloader = createReloader({ file, env: io.env, loaded, agent, log });
    const reload = tellManager(reloader, stage);
    control = openControl(file, loaded.config.buffer.path, log, reload);
    log.event("agent.ready", {
      devices: agent.view.devices.length,
      uplink: agent.view.uplink ?? "none",
    });
    await service.ready(observation.status.summary);
    // What fails for good is the agent's failure, and told as that.
    hangup.listen(() => void reload().catch(() => {}));
    const { note } = start;
    endProof = watchProof(agent, note);
    return await watch(agent, stage, () => {
      endProof?.();
      return note.ended();
    });
  } finally {
    endProof?.();
    hangup.close();
    control?.close();
    ended.abort();
    await observation?.close();
    service.close();
  }
}

/** Reloads, and tells the service manager when it begins and ends. */
function tellManager(
  reloader: Reloader,
  { service, observation }: Stage,
): () => Promise<ReloadReport> {
  return async () => {
    await service.reloading();
    try {
      return await reloader.reload();
    } finally {
      await service.ready(observation.status.summary);
    }
  };
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

/**
 * Tells systemd how it goes until a signal or a failure ends the agent.
 *
 * @param onAsked called once it is told to end, while it ends.
 */
async function watch(
  agent: Agent,
  { log, io, service, observation }: Stage,
  onAsked: () => Promise<void>,
): Promise<number> {
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
  const [{ rowsLeft }] = await Promise.all([
    agent.stop(io.hurry.aborted ? 0 : STOP_LIMIT_MS),
    failure === undefined ? waitAtMost(SYSTEM_CLOCK, STOP_LIMIT_MS, onAsked()) : undefined,
  ]);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  log.event("agent.stopped", { seconds, rowsLeft });
  return failure === undefined ? EXIT.ok : EXIT.internal;
}
