/**
 * Makes the state of the agent visible while it starts, runs and stops: status and
 * metrics over HTTP, and metrics by OTLP.
 *
 * @module
 */

import type { Agent, AgentOptions } from "./agent_types.ts";
import type { Clock } from "../base/clock.ts";
import { waitAtMost } from "../base/wait_at_most.ts";
import { isLoopback, parseHostPort } from "../base/network/address.ts";
import type { Config } from "../config/schema/schema.ts";
import { readCpuSeconds, readMemory, readProcess } from "../platform/process.ts";
import { watchLoopLag } from "../platform/event_loop_lag.ts";
import type { MetricsSnapshot } from "../observability/metrics/instrument.ts";
import { INSTRUMENTS } from "../observability/metrics/instruments.ts";
import { runHttpServer } from "../observability/http/server.ts";
import type { OtlpExport } from "../observability/metrics/otlp.ts";
import { renderPrometheus } from "../observability/metrics/prometheus.ts";
import { createRoutes } from "../observability/http/routes.ts";
import type { AgentPhase, AgentStatus } from "../observability/status.ts";
import { toAgentStatus } from "./status.ts";

/** The status and the metrics of the agent. */
export interface Observation {
  /** The current status. */
  readonly status: AgentStatus;
  /** Marks the agent as running. */
  running(agent: Pick<Agent, "view">): void;
  /** Marks the agent as stopping. */
  stopping(): void;
  /** Stops the HTTP server and exports the last metrics, within {@linkcode CLOSE_LIMIT_MS}. */
  close(): Promise<void>;
}

/** Minimum of a window's maximum event loop lag to be logged, in ms. */
const LOGGED_LAG_MIN_MS = 100;

/** Number of characters of metrics rendered in one turn of the event loop. */
const CHARACTERS_PER_TURN = 16_384;

/** Time limit of the last export, in ms; together with the stop of the agent it is less than 10 s. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * Starts the HTTP server and the export, before the agent itself starts.
 *
 * @param notices returns further notices for people, as text.
 */
export function startObservation(
  config: Config["observe"],
  options: AgentOptions,
  notices: () => readonly string[],
): Observation {
  const { clock, log, measurements } = options;
  const context = { options, ...readProcess() };
  const ended = new AbortController();
  let phase: AgentPhase = "starting";
  let agent: Pick<Agent, "view"> | null = null;

  const status = (): AgentStatus =>
    toAgentStatus(context, {
      phase,
      view: agent?.view ?? null,
      memory: readMemory(),
      notices: notices(),
    });
  const snapshot = (): MetricsSnapshot => ({
    status: status(),
    measurements,
    cpuSeconds: readCpuSeconds(),
  });

  const lag = watchLoopLag({
    onSample: (lateMs) => measurements.lagSeconds.add(lateMs / 1_000),
    onWindow: ({ p50Ms, maxMs }) => {
      if (maxMs >= LOGGED_LAG_MIN_MS) log.event("host.loop_lag", { p50Ms, maxMs });
    },
  });
  const endpoint = parseHostPort(config.listen);
  if (endpoint !== undefined) {
    const { listen: address } = config;
    void runHttpServer({
      ...endpoint,
      anyHost: !isLoopback(endpoint.host),
      clock,
      respond: createRoutes({
        status,
        metrics: () => renderInTurns(renderPrometheus(INSTRUMENTS, snapshot()), clock),
        nowMs: () => clock.monotonicMs(),
      }),
      onListening: () => log.event("observe.listening", { address }),
      onFault: (error) => log.event("observe.unreachable", { address, error }),
    }, ended.signal);
  }
  const otlp = config.otlp_url === "" ? null : startExport(config, options, snapshot);
  return {
    get status() {
      return status();
    },
    running(started) {
      phase = "running";
      agent = started;
    },
    stopping() {
      phase = "stopping";
    },
    async close() {
      ended.abort(new Error("the agent ends"));
      lag.close();
      if (otlp === null) return;
      await waitAtMost(
        clock,
        CLOSE_LIMIT_MS,
        otlp.then((exporting) => exporting.close()),
      );
    },
  };
}

/** Loads the OTLP exporter, which costs memory, and starts it. Logs changes of its state only. */
async function startExport(
  { otlp_url: url, otlp_interval_ms: intervalMs, otlp_authorization: secret }:
    Config["observe"],
  { log }: AgentOptions,
  snapshot: () => MetricsSnapshot,
): Promise<OtlpExport> {
  const { startOtlp } = await import("../observability/metrics/otlp.ts");
  let accepted: boolean | undefined;
  return startOtlp({
    url,
    intervalMs,
    headers: secret === null ? {} : { authorization: secret.reveal() },
    instruments: INSTRUMENTS,
    snapshot,
  }, (fault) => {
    if (accepted === (fault === null)) return;
    accepted = fault === null;
    if (fault === null) log.event("observe.otlp_up", { url });
    else log.event("observe.otlp_down", { url, error: fault });
  });
}

/** Joins a long text in several turns of the event loop, so that polls are not delayed. */
async function renderInTurns(parts: Iterable<string>, clock: Clock): Promise<string> {
  const never = new AbortController().signal;
  const text: string[] = [];
  let length = 0;
  for (const part of parts) {
    text.push(part);
    length += part.length;
    if (length < CHARACTERS_PER_TURN) continue;
    length = 0;
    await clock.sleep(0, never);
  }
  return text.join("");
}
