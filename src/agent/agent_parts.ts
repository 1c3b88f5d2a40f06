/**
 * The parts of a running agent, and the tasks that keep them running.
 *
 * @module
 */

import type { Buffer } from "../buffer/buffer.ts";
import type { SessionPool } from "../modbus/reader.ts";
import type { Exploration } from "../poller/roster/exploration.ts";
import type { Supervisor } from "../poller/supervisor.ts";
import type { RecordsStage } from "../records/records_stage.ts";
import type { Sender } from "../uplink/sender.ts";
import type { AgentOptions, AgentSettings } from "./agent_types.ts";
import type { Ingest } from "./ingest.ts";

/** The parts of a running agent. */
export interface AgentParts {
  readonly options: AgentOptions;
  /** The settings in effect. */
  settings: AgentSettings;
  /** Ends all tasks when the agent stops. */
  readonly life: AbortController;
  readonly buffer: Buffer;
  readonly ingest: Ingest;
  /** Null = nothing is sent. */
  readonly sender: Sender | null;
  readonly stage: RecordsStage;
  readonly pool: SessionPool;
  readonly exploration: Exploration;
  readonly supervisor: Supervisor;
  readonly tasks: Tasks;
}

/** The background tasks of an agent. */
export interface Tasks {
  /** Resolves with the error of the first task that failed. */
  readonly failure: Promise<Error>;
  /** Adds a task. Resolves once the task has ended, also if it failed. */
  add(task: Promise<unknown>): Promise<void>;
  /** Reports a failure outside any task. */
  fail(error: unknown): void;
  /** Resolves once all tasks have ended. */
  settled(): Promise<void>;
}

/** Creates an empty set of tasks; errors after `signal` aborts are ignored. */
export function createTasks(signal: AbortSignal): Tasks {
  const failure = Promise.withResolvers<Error>();
  const running: Promise<void>[] = [];

  function fail(error: unknown): void {
    if (signal.aborted) return;
    failure.resolve(error instanceof Error ? error : new Error(String(error)));
  }

  return {
    failure: failure.promise,
    add(task) {
      const ended = task.then(() => {}, fail);
      running.push(ended);
      return ended;
    },
    fail,
    settled: () => Promise.all(running).then(() => {}),
  };
}
