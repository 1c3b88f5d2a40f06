/**
 * Starts an agent as a separate process, follows its log, and stops or kills it.
 *
 * @module
 */

import { type Build, spawnCommand } from "./agent_program.ts";
import { type AgentConfig, writeConfig } from "./agent_config.ts";
import { pause } from "../pause.ts";

/** One line of the agent's log (JSON lines on stderr). */
export type AgentLogLine = Readonly<Record<string, unknown>>;

/** Exit status of an agent. */
export interface AgentExit {
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

/** Options of a start. */
export interface StartOptions {
  /** Folder of configuration, queue and files; kept between starts. */
  readonly folder: string;
  readonly config: AgentConfig;
  readonly build?: Build;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running agent. */
export interface AgentProcess {
  readonly pid: number;
  /** Log lines so far. */
  readonly log: readonly AgentLogLine[];
  /** Text on stderr that is not a log line; expected to be empty. */
  readonly noise: string;
  /** Waits until the log contains a line of this event; throws after a time limit. */
  until(
    event: string,
    matches?: (line: AgentLogLine) => boolean,
    limitMs?: number,
  ): Promise<AgentLogLine>;
  /** Sends a signal and waits for the exit; after `limitMs` it sends SIGKILL and throws. */
  end(signal: Deno.Signal, limitMs?: number): Promise<AgentExit>;
  /** Kills the process if it still runs. */
  [Symbol.asyncDispose](): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
/** An emulated processor is slow to start. */
const FOREIGN_READY_LIMIT_MS = 180_000;
const UNTIL_LIMIT_MS = 30_000;
/** The agent guarantees 10 s. */
const END_LIMIT_MS = 10_000;

/** Starts an agent and waits until it reports that it is ready. */
export async function startAgentProcess(
  { folder, config, build = "source", env = {} }: StartOptions,
): Promise<AgentProcess> {
  const path = await writeConfig(folder, config);
  const child = spawnCommand(["run", "--config", path], { build, env, cwd: folder });
  const agent = watchAgent(child);
  try {
    const limitMs = typeof build === "string" ? READY_LIMIT_MS : FOREIGN_READY_LIMIT_MS;
    await agent.until("agent.ready", () => true, limitMs);
  } catch (error) {
    await agent[Symbol.asyncDispose]();
    throw error;
  }
  return agent;
}

function watchAgent(child: Deno.ChildProcess): AgentProcess {
  const log: AgentLogLine[] = [];
  const waiting = new Set<() => void>();
  let noise = "";
  let exit: AgentExit | undefined;

  const reading = (async () => {
    let rest = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) addLine(line);
      wake();
    }
    if (rest !== "") addLine(rest);
  })();
  const ended = Promise.all([
    child.status,
    reading,
    child.stdout.pipeTo(new WritableStream()),
  ]).then(([status]) => {
    exit = { code: status.code, signal: status.signal };
    wake();
    return exit;
  });

  function addLine(line: string): void {
    try {
      log.push(JSON.parse(line));
    } catch {
      noise += `${line}\n`;
    }
  }

  function wake(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  /** Waits for the next log line or the exit, at most `limitMs`. */
  async function nextChange(limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, limitMs);
    waiting.add(resolve);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
  }

  return {
    pid: child.pid,
    log,
    get noise() {
      return noise;
    },
    async until(event, matches = () => true, limitMs = UNTIL_LIMIT_MS) {
      const deadline = performance.now() + limitMs;
      for (let seen = 0;;) {
        for (; seen < log.length; seen++) {
          const line = log[seen];
          if (line?.["event"] === event && matches(line)) return line;
        }
        const leftMs = deadline - performance.now();
        if (exit !== undefined || leftMs <= 0) {
          const why = exit === undefined ? "in time" : `before it ended: ${exit.code}`;
          const tail = log.slice(-20).map((line) => JSON.stringify(line)).join("\n");
          throw new Error(`the agent did not log ${event} ${why}\n${noise}${tail}`);
        }
        await nextChange(leftMs);
      }
    },
    async end(signal, limitMs = END_LIMIT_MS) {
      if (exit === undefined) child.kill(signal);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, limitMs);
      const status = await ended;
      clearTimeout(timer);
      if (late) {
        throw new Error(`the agent did not exit within ${limitMs} ms\n${noise}`);
      }
      return status;
    },
    async [Symbol.asyncDispose]() {
      if (exit === undefined) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs `use` in a temporary folder, and removes it. */
export async function withTempFolder(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sunspec-e2e-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until `condition` returns true; throws after a time limit. */
export async function untilTrue(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = UNTIL_LIMIT_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!await condition()) {
    if (performance.now() > deadline) {
      throw new Error(`timed out after ${limitMs} ms: ${what}`);
    }
    await pause(50);
  }
}
