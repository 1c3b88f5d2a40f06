/**
 * Lets others look at the agent while it starts, runs and stops.
 *
 * @module
 */

import { getHeapStatistics } from "node:v8";
import type { Agent } from "../app.ts";
import type { Log } from "../base/log.ts";
import { parseHostPort } from "../config/address.ts";
import type { Config } from "../config/schema.ts";
import { runListener } from "../observe/listener.ts";
import { createRoutes } from "../observe/routes.ts";
import type { AgentPhase, AgentStatus, MemoryStatus } from "../observe/status.ts";
import { type AgentFrame, toAgentStatus } from "./agent_status.ts";

/** A look at the agent. */
export interface Observation {
  /** How it stands now. */
  readonly status: AgentStatus;
  /** It runs. */
  running(agent: Pick<Agent, "view">): void;
  /** It is told to stop. */
  stopping(): void;
  /** Nobody can look any more. */
  close(): void;
}

/**
 * Begins to answer, before the agent itself is there. `notices` says what else a
 * person should know now.
 */
export function startObservation(
  config: Config["observe"],
  options: AgentFrame["options"],
  log: Log,
  notices: () => readonly string[],
): Observation {
  const { clock } = options;
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

  const place = parseHostPort(config.listen);
  if (place !== undefined) {
    const { listen: address } = config;
    void runListener({
      ...place,
      clock,
      answer: createRoutes({ status, nowMs: () => clock.monotonicMs() }),
      onListening: () => log.event("observe.listening", { address }),
      onFault: (error) => log.event("observe.unreachable", { address, error }),
    }, ended.signal);
  }
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
    close: () => ended.abort(new Error("the agent ends")),
  };
}

function readMemory(): MemoryStatus {
  const { rss, heapUsed } = Deno.memoryUsage();
  return {
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapMaxBytes: getHeapStatistics().heap_size_limit,
  };
}
