/**
 * The program as a user starts it: from source, or the compiled binary.
 *
 * @module
 */

/** Which build: from source, compiled for this machine, or compiled for another that is emulated. */
export type Build = "source" | "binary" | ForeignBuild;

/** An executable for another kind of processor, and what runs it here. */
export interface ForeignBuild {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** How a command of the program ended, and what it wrote. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** How a command is run. */
export interface CommandOptions {
  readonly build?: Build;
  /** The whole environment of the process, beside what the build needs. Default: none. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills it after this; default 60 s. */
  readonly limitMs?: number;
  /** Told once it runs, for signals. */
  readonly onStart?: (child: Deno.ChildProcess) => void;
}

/** The project's root, with a slash at its end. */
export const ROOT = new URL("../../../", import.meta.url).pathname;
/** Where `scripts/compile.ts` puts the executable for this machine's tests. */
export const BINARY = binaryOf("x86_64");

const COMMAND_LIMIT_MS = 60_000;

/** The executable and the arguments that come before the command's own. */
export function programOf(build: Build): readonly [string, ...string[]] {
  if (build === "binary") return [BINARY];
  if (build !== "source") return build.command;
  const config = `${ROOT}deno.json`;
  return [
    Deno.execPath(),
    ...["run", "--quiet", "--config", config, "-A", `${ROOT}main.ts`],
  ];
}

/** What a build needs of the environment: the binary nothing at all. */
export function environmentOf(build: Build): Readonly<Record<string, string>> {
  if (build === "binary") return {};
  if (build !== "source") return build.env;
  const kept: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1" };
  for (const name of ["HOME", "DENO_DIR", "DENO_TLS_CA_STORE"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function binaryOf(machine: string): string {
  return `${ROOT}dist/sunspec-collector-${machine}`;
}

/** Compiles the executable, unless it is there; gives its path. */
export async function ensureBinary(
  machine: "x86_64" | "aarch64" = "x86_64",
): Promise<string> {
  const path = binaryOf(machine);
  if (await Deno.stat(path).then(() => true, () => false)) return path;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/compile.ts", machine],
    cwd: ROOT,
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`the binary does not compile: ${said.join("")}`);
  return path;
}

/** Starts a command; its environment is exactly what is given. */
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

/** Runs a command to its end; one that does not end is killed and fails the test. */
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
  if (late) throw new Error(`${args[0]} did not end in ${limitMs} ms: ${run.stderr}`);
  return run;
}
