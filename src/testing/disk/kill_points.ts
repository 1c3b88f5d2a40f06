/**
 * Kills an agent at a given file operation or after a given time, and records what its
 * buffer had committed by then.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { startAgentProcess } from "../agent/agent.ts";
import { type AgentConfig, writeConfig } from "../agent/agent_config.ts";
import { type Build, spawnCommand } from "../agent/agent_program.ts";
import { compileLibrary } from "./preload_library.ts";
import type { StreamCheck } from "../stream_check.ts";
import { pause } from "../pause.ts";
import { PROJECT_ROOT, PYTHON } from "../project_root.ts";

/** Contents of the buffer's file. */
export interface QueueState {
  /** Epoch of the last start; null = none yet. */
  readonly epoch: number | null;
  readonly rows: number;
  /** Lost records that are not announced yet. */
  readonly unannounced: number;
  /** Epoch and seq of the last committed record, by stream. */
  readonly streams: Readonly<Record<string, readonly [number, number]>>;
}

/** How an agent is killed. */
export interface KillOptions {
  readonly folder: string;
  readonly config: AgentConfig;
  readonly build?: Build;
}

/** Time limit for reaching the point, in ms. */
const POINT_LIMIT_MS = 20_000;

/**
 * Starts an agent that dies at a point (`KILL_POINT` of kill_points.c).
 *
 * @throws if it exits otherwise or does not exit: the point was not reached.
 */
export async function killAtPoint(
  point: string,
  { folder, config, build = "source" }: KillOptions,
): Promise<void> {
  const mark = `${folder}/killed`;
  await Deno.remove(mark).catch(() => {});
  const path = await writeConfig(folder, config);
  const child = spawnCommand(["run", "--config", path], {
    build,
    cwd: folder,
    env: {
      LD_PRELOAD: await compileLibrary("kill_points"),
      KILL_POINT: point,
      KILL_MARK: mark,
    },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, POINT_LIMIT_MS);
  const { signal, stderr } = await child.output();
  clearTimeout(timer);
  const output = new TextDecoder().decode(stderr);
  if (late || signal !== "SIGKILL") {
    throw new Error(`the point ${point} was not reached\n${output}`);
  }
  await Deno.stat(mark); // it died at this point
}

/** Starts an agent and kills it a given time after its first device was found. */
export async function killAfter(afterMs: number, options: KillOptions): Promise<void> {
  await using agent = await startAgentProcess(options);
  await agent.until("device.online");
  await pause(afterMs);
  strictEqual((await agent.end("SIGKILL")).signal, "SIGKILL");
}

/** Runs an agent for a while and stops it in order; its queue must be empty then. */
export async function runUntilDrained(
  options: KillOptions,
  lifeMs = 1_500,
): Promise<void> {
  await using agent = await startAgentProcess(options);
  await agent.until("device.online");
  await pause(lifeMs);
  strictEqual((await agent.end("SIGTERM")).code, 0);
  strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  strictEqual(agent.noise, "");
}

/** Reads a buffer's file that no process has open; null while it has no tables. */
export async function readQueue(folder: string): Promise<QueueState | null> {
  const { success, stdout, stderr } = await new Deno.Command(
    PYTHON,
    { args: [`${PROJECT_ROOT}src/testing/disk/read_queue.py`, `${folder}/queue.db`] },
  ).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Record of what the buffers had committed, one entry per run of the agent. */
export interface CommitLog {
  /** Adds the contents of the file after a run. */
  add(state: QueueState | null): void;
  /** Differences between arrived and committed records, as text. */
  compare(check: StreamCheck): string[];
}

/** Makes an empty record. */
export function createCommitLog(): CommitLog {
  const committed = new Map<string, number>();
  return {
    add(state) {
      for (const [stream, [epoch, seq]] of Object.entries(state?.streams ?? {})) {
        committed.set(`${stream} ${epoch}`, seq);
      }
    },
    compare({ streams }) {
      const arrived = new Map<string, number>(
        streams.flatMap(({ gateway, device_id: device, type, epochs }) =>
          epochs.map(({ epoch, n }) =>
            [`${gateway}/${device}/${type} ${epoch}`, n] as const
          )
        ),
      );
      const keys = new Set([...committed.keys(), ...arrived.keys()]);
      return [...keys].filter((key) => committed.get(key) !== arrived.get(key)).map(
        (key) => `${key}: ${committed.get(key)} committed, ${arrived.get(key)} arrived`,
      );
    },
  };
}
