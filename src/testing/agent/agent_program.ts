/**
 * The program as a user starts it: from source, or the compiled binary.
 *
 * @module
 */

import type { CommandOutput } from "../command_output.ts";
import { PROJECT_ROOT } from "../project_root.ts";

/** A build: run from source, compiled for this machine, or compiled for an emulated one. */
export type Build = "source" | "binary" | ForeignBuild;

/** An executable for another processor, and the emulator that runs it. */
export interface ForeignBuild {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** Exit code, output and duration of a command. */
export interface CommandRun extends CommandOutput {
  readonly seconds: number;
}

/** Options of a command's run. */
export interface CommandOptions {
  readonly build?: Build;
  /** Environment of the process, besides what the build requires. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The process is killed after this time; default 60 s. */
  readonly limitMs?: number;
  /** Called once the process runs; for sending signals. */
  readonly onStart?: (child: Deno.ChildProcess) => void;
}

/** Path of the executable that `scripts/compile.ts` makes for this machine. */
export const BINARY = binaryOf("x86_64");

const COMMAND_LIMIT_MS = 60_000;

/** The executable and its arguments before those of the command. */
export function programOf(build: Build): readonly [string, ...string[]] {
  if (build === "binary") return [BINARY];
  if (build !== "source") return build.command;
  const config = `${PROJECT_ROOT}deno.json`;
  return [
    Deno.execPath(),
    ...["run", "--quiet", "--config", config, "-A", `${PROJECT_ROOT}main.ts`],
  ];
}

/** Environment that a build requires: none for the binary. */
export function environmentOf(build: Build): Readonly<Record<string, string>> {
  if (build === "binary") return {};
  if (build !== "source") return build.env;
  const inherited: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1" };
  for (const name of ["HOME", "DENO_DIR", "DENO_TLS_CA_STORE"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) inherited[name] = value;
  }
  return inherited;
}

function binaryOf(machine: string): string {
  return `${PROJECT_ROOT}dist/sunspec-collector-${machine}`;
}

/** Compiles the executable unless it exists; returns its path. */
export async function ensureBinary(
  machine: "x86_64" | "aarch64" = "x86_64",
): Promise<string> {
  const path = binaryOf(machine);
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/compile.ts", machine],
    cwd: PROJECT_ROOT,
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`the binary does not compile: ${output.join("")}`);
  return path;
}

/** Starts a command with exactly the given environment. */
export function spawnCommand(
  args: readonly string[],
  { build = "source", env = {}, cwd }: CommandOptions = {},
): Deno.ChildProcess {
  const [program, ...first] = programOf(build);
  return new Deno.Command(program, {
    args: [...first, ...args],
    env: { ...environmentOf(build), ...env },
    clearEnv: true,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a command; one that exceeds its time limit is killed and fails the test. */
export async function runCommand(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandRun> {
  const { limitMs = COMMAND_LIMIT_MS } = options;
  const beganMs = performance.now();
  const child = spawnCommand(args, options);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMs);
  options.onStart?.(child);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  const run = {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    seconds: (performance.now() - beganMs) / 1_000,
  };
  if (late) {
    throw new Error(`${args[0]} did not exit within ${limitMs} ms: ${run.stderr}`);
  }
  return run;
}
