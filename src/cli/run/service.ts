/**
 * The agent as a service: crash recovery, status server, reload and the service
 * manager around a running agent.
 *
 * @module
 */

import { startAgent } from "../../agent/agent.ts";
import type { Agent } from "../../agent/agent_types.ts";
import { listenForReload } from "../../agent/control.ts";
import { checkStart, watchStability } from "../../agent/crash_recovery.ts";
import type { Setup } from "../../agent/setup/load_setup.ts";
import { type Observation, startObservation } from "../../agent/observation.ts";
import { createStateFolder, toAgentOptions } from "../../agent/setup/agent_options.ts";
import {
  createReloader,
  describeRejectedReload,
  type Reloader,
  type ReloadReport,
} from "../../agent/reload.ts";
import type { Log } from "../../base/log.ts";
import { waitAtMost } from "../../base/wait_at_most.ts";
import type { BufferFault } from "../../buffer/buffer.ts";
import type { OpenLog } from "../../observability/log/log.ts";
import type { Measurements } from "../../observability/metrics/measurements.ts";
import { watchHangup } from "../../platform/signals.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import { openServiceManager, type ServiceManager } from "../../platform/systemd.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";

/** Options of the service. */
export interface ServiceOptions {
  /** The configuration file. */
  readonly file: string;
  readonly setup: Setup;
  readonly log: OpenLog;
  readonly measurements: Measurements;
  readonly io: CliIo;
}

/** Time limit of the stop, below the documented limit of 10 s. */
const STOP_LIMIT_MS = 8_500;

/** Interval of the status reports to the service manager, in ms. */
const STATUS_INTERVAL_MS = 5_000;

/** Runs the agent until a signal or a failure; returns the exit code. */
export async function runService(options: ServiceOptions): Promise<number> {
  const cleanup = new AsyncDisposableStack();
  try {
    return await startService(options, cleanup);
  } finally {
    await cleanup.disposeAsync();
  }
}

/** Starts the agent and waits for its end. `cleanup` runs in reverse order. */
async function startService(
  { file, setup, log, measurements, io }: ServiceOptions,
  cleanup: AsyncDisposableStack,
): Promise<number> {
  const { buffer, observe } = setup.config;
  const service = openServiceManager(
    io.env,
    (detail) => log.event("host.notify_failed", { detail }),
  );
  cleanup.defer(() => service.close());
  const ended = new AbortController();
  cleanup.defer(() => ended.abort());
  // Registered first: without a listener, SIGHUP ends the process.
  const hangup = watchHangup();
  cleanup.defer(() => hangup.close());

  const folder = await createStateFolder(buffer);
  if (!folder.ok) return reportFault(folder.fault, log);
  const start = await checkStart(buffer, io.env, log);
  const options = await toAgentOptions(setup, log, measurements, ended.signal);
  let lastReload = (): ReloadReport | undefined => undefined;
  const notices = (): readonly string[] =>
    [start.notice, describeRejectedReload(lastReload())]
      .filter((notice) => notice !== undefined && notice !== null);
  const observation = startObservation(observe, options, notices);
  cleanup.defer(() => {
    ended.abort();
    return observation.close();
  });
  const started = await startAgent({
    ...options,
    onEpoch: start.options.onEpoch,
    buffer: { ...options.buffer, ...start.options.buffer },
  });
  if (!started.ok) {
    // A refusal is not a crash. Only a file of a later version is quarantined after
    // several starts, so that a downgraded agent runs.
    if (started.fault.kind !== "newer") await start.note.ended();
    return reportFault(started.fault, log);
  }
  const agent = started.value;
  observation.running(agent);
  const reloader = createReloader({ file, env: io.env, loaded: setup, agent, log });
  lastReload = () => reloader.last;
  const reload = reportReloads(reloader, service, observation);
  const control = listenForReload(file, buffer.path, log, reload);
  cleanup.defer(() => control?.close());
  log.event("agent.ready", {
    devices: agent.view.devices.length,
    uplink: agent.view.uplink ?? "none",
  });
  await service.ready(observation.status.summary);
  // A reload that fails permanently is reported as the failure of the agent.
  hangup.listen(() => void reload().catch(() => {}));
  const stopStabilityWatch = watchStability(agent, start.note, options.clock);
  cleanup.defer(stopStabilityWatch);
  const running = { agent, log, io, service, observation };
  const failure = await untilEnd(running);
  return await stopService(running, failure, () => {
    stopStabilityWatch();
    return start.note.ended();
  });
}

interface RunningService {
  readonly agent: Agent;
  readonly log: Log;
  readonly io: CliIo;
  readonly service: ServiceManager;
  readonly observation: Observation;
}

function reportFault({ kind, detail }: BufferFault, log: Log): number {
  log.event("agent.failed", { error: detail });
  return kind === "in_use" ? EXIT.unavailable : EXIT.failure;
}

/** Wraps the reload so that the service manager is notified of its start and end. */
function reportReloads(
  reloader: Reloader,
  service: ServiceManager,
  observation: Observation,
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

/**
 * Reports the status and triggers the watchdog until the agent fails or a signal
 * comes.
 *
 * @returns the failure; undefined after a signal.
 */
async function untilEnd(
  { agent, log, io, service, observation }: RunningService,
): Promise<Error | undefined> {
  const status = service.active
    ? setInterval(
      () => void service.status(observation.status.summary),
      STATUS_INTERVAL_MS,
    )
    : undefined;
  const watchdog = service.watchdogEveryMs === null ? undefined : setInterval(() => {
    const { stalled } = agent.view;
    if (stalled === undefined) void service.watchdog();
    else log.event("host.watchdog_withheld", { part: stalled });
  }, service.watchdogEveryMs);
  const { signal } = io;
  const failure = await Promise.race([
    agent.failure,
    new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    }),
  ]);
  clearInterval(status);
  clearInterval(watchdog);
  return failure;
}

/**
 * Stops the agent; returns the exit code.
 *
 * @param onRegularStop called during the stop, unless the agent failed.
 */
async function stopService(
  { agent, log, io, service, observation }: RunningService,
  failure: Error | undefined,
  onRegularStop: () => Promise<void>,
): Promise<number> {
  const reason = failure?.message ??
    String(io.signal.reason?.message ?? "stop requested");
  if (failure !== undefined) log.event("agent.failed", { error: failure.message });
  log.event("agent.stopping", { reason });
  observation.stopping();
  await service.stopping(`stopping: ${reason}`);
  const startedMs = performance.now();
  const [{ rowsLeft }] = await Promise.all([
    agent.stop(io.forceSignal.aborted ? 0 : STOP_LIMIT_MS),
    failure === undefined
      ? waitAtMost(SYSTEM_CLOCK, STOP_LIMIT_MS, onRegularStop())
      : undefined,
  ]);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  log.event("agent.stopped", { seconds, rowsLeft });
  return failure === undefined ? EXIT.ok : EXIT.internal;
}
