/**
 * Makes the executables. The program and the worker of the buffer are bundled and then
 * compiled. Bundling leaves out every package that is not used (and with it every native
 * addon) and halves the memory used at start. A bundle is split where the source imports
 * a module dynamically: V8 parses only the files that a command loads.
 *
 * @module
 */

import { type CompileRuntime, provideRuntime } from "./compile_runtime.ts";
import { ROOT, runTool } from "./run_tool.ts";
import type { Target } from "./runtime_pins.ts";
import type { Source } from "./source.ts";

/** Platforms that an executable is released for. */
export const TARGETS: readonly Target[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
];

/** An executable. */
export interface Binary {
  readonly target: Target;
  /** `x86_64`, `aarch64`. */
  readonly machine: string;
  readonly path: string;
}

/** An executable that was compiled now. */
export interface CompiledBinary extends Binary {
  /** Version of the Deno inside. */
  readonly deno: string;
}

/** Permissions of the process; the systemd unit narrows them further. No run, ffi or import. */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--no-prompt",
];

/**
 * A gateway has little memory and few cores: a small young generation, and garbage
 * collection in the main thread (helper threads cost more CPU time than they save
 * at this size). The heap may grow by half between two major collections: with 60
 * devices per second the process takes 120 MiB, 132 if the heap may double (4 % less CPU
 * time) and 116 if it may grow by a fifth. A young generation of 2 MB doubles the number
 * of its collections for 5 MiB. 1,000 devices keep 65 MB alive: with a limit of 96 MB,
 * 30 % of the time was garbage collection.
 */
export const V8_FLAGS = "--v8-flags=" + [
  "--max-semi-space-size=4",
  "--single-threaded-gc",
  "--max-old-space-size=160",
  "--heap-growing-percent=50",
].join();

const TOOLS = `${ROOT}.tools`;
/** Main file of the bundled program. */
const PROGRAM_FILE = "main.js";
/** The bundled worker, beside the program, which finds it by this name. */
const WORKER_FILE = "buffer_worker.js";
/** Written beside the bundles, for the command `version`: the commit. */
const BUILD_FILE = "build.json";

/**
 * Makes `sunspec-collector-MACHINE` in `folder` for each target.
 *
 * @throws {Error} If bundling or compiling fails.
 */
export async function makeBinaries(
  folder: string,
  targets: readonly Target[],
  source: Source,
): Promise<CompiledBinary[]> {
  await Deno.mkdir(TOOLS, { recursive: true });
  await Deno.mkdir(folder, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "sunspec-compile-" });
  try {
    const runtime = await provideRuntime(TOOLS, targets);
    await bundle(work, runtime, source);
    const made: CompiledBinary[] = [];
    for (const [target, denort] of runtime.denort) {
      made.push(await compile(work, folder, runtime, { target, denort }));
    }
    return made;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function bundle(
  work: string,
  { deno }: CompileRuntime,
  { commit, epochS }: Source,
): Promise<void> {
  const options = [
    ...["bundle", "--quiet", "--frozen", "--platform", "deno"],
    ...["--external", "serialport"],
  ];
  const program = "main.ts";
  const worker = "src/buffer/worker/worker.ts";
  await runTool(deno, [...options, "--code-splitting", "--outdir", work, program]);
  const faults = bundleFaults(program, await readFiles(work));
  // One file of its own: each thread parses what it loads.
  await runTool(deno, [...options, "--output", `${work}/${WORKER_FILE}`, worker]);
  faults.push(
    ...bundleFaults(worker, await Deno.readTextFile(`${work}/${WORKER_FILE}`)),
  );
  if (faults.length > 0) throw new Error(faults.join("\n"));
  await Deno.writeTextFile(`${work}/${BUILD_FILE}`, `${JSON.stringify({ commit })}\n`);
  // The executable contains the files' times; fixed times make the build reproducible.
  for await (const { name } of Deno.readDir(work)) {
    await Deno.utime(`${work}/${name}`, epochS, epochS);
  }
  const { unstable } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  await Deno.writeTextFile(`${work}/deno.json`, `${JSON.stringify({ unstable })}\n`);
}

/** The text of all files in a folder. */
async function readFiles(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    texts.push(await Deno.readTextFile(`${folder}/${name}`));
  }
  return texts.join("\n");
}

/**
 * Checks which modules a bundle contains: `entry`, and none of the tests' support.
 *
 * @param code all files of the bundle; `deno bundle` writes the path of each module above its code.
 * @returns one text for each fault.
 */
export function bundleFaults(entry: string, code: string): string[] {
  const modules = [...code.matchAll(/^\/\/ ((?:\w+\/)*\w+\.ts)$/gm)].map(([, path]) =>
    path
  );
  if (!modules.includes(entry)) return [`bundle of ${entry}: no module paths found`];
  return modules.filter((path) => path?.startsWith("src/testing/"))
    .map((path) => `bundle of ${entry}: contains ${path}, which only tests may use`);
}

/** Compiles with the pinned `denort`; Deno would download its own without a check. */
async function compile(
  work: string,
  folder: string,
  { deno, version }: CompileRuntime,
  { target, denort }: { readonly target: Target; readonly denort: string },
): Promise<CompiledBinary> {
  const [machine = target] = target.split("-");
  const path = `${folder}/sunspec-collector-${machine}`;
  const args = [
    ...["compile", "--quiet", "--no-check", "--no-remote", "--target", target],
    ...[...PERMISSIONS, V8_FLAGS],
    ...["--include", WORKER_FILE, "--include", BUILD_FILE],
    ...["--output", path, PROGRAM_FILE],
  ];
  await runTool(deno, args, { cwd: work, env: { DENORT_BIN: denort } });
  return { target, machine, path, deno: version };
}
