/**
 * Lets others look at the agent while it starts, runs and stops: over HTTP, by
 * OTLP, and by systemd's status line.
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { getHeapStatistics } from "node:v8";
import type { Agent, AgentOptions } from "./agent.ts";
import type { Clock } from "../base/clock.ts";
import { waitAtMost } from "../base/wait_at_most.ts";
import { isLoopback, parseHostPort } from "../base/address.ts";
import type { Config } from "../config/schema/schema.ts";
import { watchLoopLag } from "../platform/event_loop_lag.ts";
import type { Seen } from "../observability/metrics/instrument.ts";
import { INSTRUMENTS } from "../observability/metrics/instruments.ts";
import { runListener } from "../observability/http/listener.ts";
import type { OtlpExport } from "../observability/metrics/otlp.ts";
import { renderPrometheus } from "../observability/metrics/prometheus.ts";
import { createRoutes } from "../observability/http/routes.ts";
import type { AgentPhase, AgentStatus, MemoryStatus } from "../observability/status.ts";
import { toAgentStatus } from "./status.ts";

/** A look at the agent. */
export interface Observation {
  /** How it stands now. */
  readonly status: AgentStatus;
  /** It runs. */
  running(agent: Pick<Agent, "view">): void;
  /** It is told to stop. */
  stopping(): void;
  /** Nobody can look any more; the last metrics have gone, or had the time to. */
  close(): Promise<void>;
}

/** A window's worst lag of the event loop from which on it is worth a line, in ms. */
const LAG_WORTH_TELLING_MS = 100;

/** So many characters of metrics are rendered in one turn of the event loop. */
const TURN_LENGTH = 16_384;

/** What the last metrics may take to go, in ms: with the agent's own end less than 10 s. */
const CLOSE_LIMIT_MS = 1_000;

/**
 * Begins to answer, before the agent itself is there. `notices` says what else a
 * person should know now.
 */
export function startObservation(
  config: Config["observe"],
  options: AgentOptions,
  notices: () => readonly string[],
): Observation {
  const { clock, log, measured } = options;
  const frame = {
    options,
    pid: Deno.pid,
    sinceAtMs: Math.round(performance.timeOrigin),
  };
  const ended = new AbortController();
  let phase: AgentPhase = "starting";
  let agent: Pick<Agent, "view"> | null = null;

  const status = (): AgentStatus =>
    toAgentStatus(frame, {
      phase,
      view: agent?.view ?? null,
      memory: readMemory(),
      notices: notices(),
    });
  const see = (): Seen => ({
    status: status(),
    measured,
    cpuSeconds: readCpuSeconds(),
  });

  const lag = watchLoopLag({
    onSample: (lateMs) => measured.lagSeconds.add(lateMs / 1_000),
    onWindow: ({ p50Ms, maxMs }) => {
      if (maxMs >= LAG_WORTH_TELLING_MS) log.event("host.loop_lag", { p50Ms, maxMs });
    },
  });
  const place = parseHostPort(config.listen);
  if (place !== undefined) {
    const { listen: address } = config;
    void runListener({
      ...place,
      anyHost: !isLoopback(place.host),
      clock,
      answer: createRoutes({
        status,
        metrics: () => renderInTurns(renderPrometheus(INSTRUMENTS, see()), clock),
        nowMs: () => clock.monotonicMs(),
      }),
      onListening: () => log.event("observe.listening", { address }),
      onFault: (error) => log.event("observe.unreachable", { address, error }),
    }, ended.signal);
  }
  const otlp = config.otlp_url === "" ? null : startExport(config, options, see);
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
      await waitAtMost(clock, CLOSE_LIMIT_MS, otlp.then((sending) => sending.close()));
    },
  };
}

/** Loads what sends OTLP, which costs memory, and begins; tells the log of changes alone. */
async function startExport(
  { otlp_url: url, otlp_interval_ms: intervalMs, otlp_authorization: secret }:
    Config["observe"],
  { log }: AgentOptions,
  see: () => Seen,
): Promise<OtlpExport> {
  const { startOtlp } = await import("../observability/metrics/otlp.ts");
  let taken: boolean | undefined;
  return startOtlp({
    url,
    intervalMs,
    headers: secret === null ? {} : { authorization: secret.reveal() },
    instruments: INSTRUMENTS,
    see,
  }, (fault) => {
    if (taken === (fault === null)) return;
    taken = fault === null;
    if (fault === null) log.event("observe.otlp_up", { url });
    else log.event("observe.otlp_down", { url, error: fault });
  });
}

/** Puts a long text together; polls have their turn in between. */
async function renderInTurns(parts: Iterable<string>, clock: Clock): Promise<string> {
  const never = new AbortController().signal;
  const text: string[] = [];
  let length = 0;
  for (const part of parts) {
    text.push(part);
    length += part.length;
    if (length < TURN_LENGTH) continue;
    length = 0;
    await clock.sleep(0, never);
  }
  return text.join("");
}

function readMemory(): MemoryStatus {
  const { rss, heapUsed } = Deno.memoryUsage();
  return {
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapMaxBytes: getHeapStatistics().heap_size_limit,
  };
}

function readCpuSeconds(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1e6;
}
