/**
 * The agent as a process of its own: started, watched by its log, killed.
 *
 * @module
 */

import { type Build, spawnCommand } from "./agent_program.ts";
import { type AgentConfig, writeConfig } from "./agent_config.ts";

/** One line of the agent's log (JSON lines on stderr). */
export type LogLine = Readonly<Record<string, unknown>>;

/** How an agent ended. */
export interface AgentExit {
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

/** How an agent is started. */
export interface StartOptions {
  /** Holds its configuration, its queue and its files; the same for each start. */
  readonly folder: string;
  readonly config: AgentConfig;
  readonly build?: Build;
  readonly env?: Readonly<Record<string, string>>;
}

/** A running agent. */
export interface AgentProcess {
  readonly pid: number;
  /** What it logged so far. */
  readonly log: readonly LogLine[];
  /** What it wrote to stderr that is no log line; empty if all is well. */
  readonly noise: string;
  /** Waits until a line of this event is in the log, from its beginning; throws if it takes too long. */
  until(
    event: string,
    matches?: (line: LogLine) => boolean,
    limitMs?: number,
  ): Promise<LogLine>;
  /** Sends a signal and waits for the end; SIGKILL after `limitMs`, which throws. */
  end(signal: Deno.Signal, limitMs?: number): Promise<AgentExit>;
  /** Kills it if it still runs. */
  [Symbol.asyncDispose](): Promise<void>;
}

const READY_LIMIT_MS = 30_000;
/** An emulated processor is slow to start. */
const FOREIGN_READY_LIMIT_MS = 180_000;
const UNTIL_LIMIT_MS = 30_000;
/** The agent promises 10 s. */
const END_LIMIT_MS = 10_000;

/** Starts an agent and waits until it says that it is ready. */
export async function startAgent(
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
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  let noise = "";
  let exit: AgentExit | undefined;

  const reading = (async () => {
    let rest = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) take(line);
      wake();
    }
    if (rest !== "") take(rest);
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

  function take(line: string): void {
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

  /** Waits for news, `limitMs` at most. */
  async function news(limitMs: number): Promise<void> {
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
          throw new Error(`the agent did not say ${event} ${why}\n${noise}${tail}`);
        }
        await news(leftMs);
      }
    },
    async end(signal, limitMs = END_LIMIT_MS) {
      if (exit === undefined) child.kill(signal);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill("SIGKILL");
      }, limitMs);
      const how = await ended;
      clearTimeout(timer);
      if (late) throw new Error(`the agent did not end in ${limitMs} ms\n${noise}`);
      return how;
    },
    async [Symbol.asyncDispose]() {
      if (exit === undefined) child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs `use` in a folder of its own. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sunspec-e2e-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until `holds` does; throws if that takes too long. */
export async function untilTrue(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = UNTIL_LIMIT_MS,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`in ${limitMs} ms: not ${what}`);
    await pause(50);
  }
}

/** Waits real time. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
