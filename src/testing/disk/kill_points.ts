/**
 * Kills an agent at a named place in the life of its rows, or at any moment,
 * and keeps account of what its buffer had committed by then.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { pause, startAgent } from "../agent/agent.ts";
import { type AgentConfig, writeConfig } from "../agent/agent_config.ts";
import { type Build, ROOT, spawnCommand } from "../agent/agent_program.ts";
import { makeLibrary } from "./slow_fsync_library.ts";
import type { StreamCheck } from "../stream_check.ts";

/** What the buffer's file says. */
export interface QueueState {
  /** Of the last start; null = none yet. */
  readonly epoch: number | null;
  readonly rows: number;
  /** Records that were given up and are not announced yet. */
  readonly givenUp: number;
  /** By stream: epoch and seq of the last record that was committed. */
  readonly streams: Readonly<Record<string, readonly [number, number]>>;
}

/** How an agent was killed. */
export interface KillOptions {
  readonly folder: string;
  readonly config: AgentConfig;
  readonly build?: Build;
}

/** An agent that did not get to its point by then never will, in ms. */
const POINT_LIMIT_MS = 20_000;

/**
 * Starts an agent that dies at a point (`KILL_POINT` of kill_points.c).
 *
 * @throws if it ends otherwise, or not at all: the point was not reached.
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
      LD_PRELOAD: await makeLibrary("kill_points"),
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
  const said = new TextDecoder().decode(stderr);
  if (late || signal !== "SIGKILL") {
    throw new Error(`the point ${point} was not reached\n${said}`);
  }
  await Deno.stat(mark); // it died there, and nowhere else
}

/** Starts an agent and kills it so long after its first device was found. */
export async function killAfter(afterMs: number, options: KillOptions): Promise<void> {
  await using agent = await startAgent(options);
  await agent.until("device.online");
  await pause(afterMs);
  strictEqual((await agent.end("SIGKILL")).signal, "SIGKILL");
}

/** Lets an agent send what is left, and ends it properly: it leaves no row behind. */
export async function settle(options: KillOptions, lifeMs = 1_500): Promise<void> {
  await using agent = await startAgent(options);
  await agent.until("device.online");
  await pause(lifeMs);
  strictEqual((await agent.end("SIGTERM")).code, 0);
  strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
  strictEqual(agent.noise, "");
}

/** Reads a buffer's file that no process has open; null while it has no tables. */
export async function readQueue(folder: string): Promise<QueueState | null> {
  const { success, stdout, stderr } = await new Deno.Command(
    `${ROOT}.tools/venv/bin/python`,
    { args: [`${ROOT}src/testing/disk/kill_points_queue.py`, `${folder}/queue.db`] },
  ).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Account of what buffers had committed, life by life. */
export interface CommitBook {
  /** Notes what stands in the file after a life. */
  note(state: QueueState | null): void;
  /** Where what arrived is not exactly what was committed; in words. */
  compare(check: StreamCheck): string[];
}

/** Opens an account. */
export function createCommitBook(): CommitBook {
  const committed = new Map<string, number>();
  return {
    note(state) {
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
