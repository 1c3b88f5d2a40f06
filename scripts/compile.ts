/**
 * `deno task compile [TARGET…]`: bundles the program and the buffer's worker
 * into one JavaScript file each, and compiles them into one executable a
 * target under `dist/`. Bundling first keeps every package that nothing uses
 * (and with it every native addon) out, and halves the memory at start.
 *
 * @module
 */

import { denortFromWheel, type Target } from "./denort.ts";

const TARGETS: readonly Target[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
];

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
 * less processor time, for 6 MB. Measured in docs/performance.md.
 */
const V8_FLAGS = "--v8-flags=" + [
  "--max-semi-space-size=4",
  "--single-threaded-gc",
  "--max-old-space-size=96",
  "--heap-growing-percent=100",
].join();

const ROOT = new URL("..", import.meta.url).pathname;
const TOOLS = `${ROOT}.tools`;
const DIST = `${ROOT}dist`;
/** Bundled from / to, beside each other: the program finds its worker by name. */
const BUNDLES = [
  ["main.ts", "main.js"],
  ["src/buffer/worker.ts", "buffer_worker.js"],
] as const;

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function deno(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<{ ok: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: options.cwd,
    env: { DENO_TLS_CA_STORE: "system", NO_COLOR: "1", ...options.env },
  }).output();
  const decoder = new TextDecoder();
  return { ok: success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function bundle(folder: string): Promise<void> {
  for (const [from, to] of BUNDLES) {
    const result = await deno([
      ...["bundle", "--quiet", "--platform", "deno", "--external", "serialport"],
      ...["--output", `${folder}/${to}`, from],
    ], { cwd: ROOT });
    if (!result.ok) throw new Error(`Cannot bundle ${from}:\n${result.output}`);
  }
  await Deno.writeTextFile(`${folder}/deno.json`, `{ "unstable": ["net"] }\n`);
}

/** Compiles with Deno's own `denort` if it can be downloaded, else with PyPI's. */
async function compile(folder: string, target: Target): Promise<string> {
  const output = `${DIST}/sunspec-collector-${target.split("-")[0]}`;
  const args = [
    ...["compile", "--quiet", "--no-check", "--no-remote", "--target", target],
    ...PERMISSIONS,
    ...["--unstable-net", V8_FLAGS, "--include", "buffer_worker.js"],
    ...["--output", output, "main.js"],
  ];
  const pinned = `${TOOLS}/denort-2.6.10-${target}`;
  const known = await Deno.stat(pinned).then(() => true, () => false);
  const own = known ? { ok: false } : await deno(args, { cwd: folder });
  if (own.ok) return output;
  const denort = await denortFromWheel(TOOLS, target);
  const result = await deno(args, { cwd: folder, env: { DENORT_BIN: denort } });
  if (!result.ok) throw new Error(`Cannot compile for ${target}:\n${result.output}`);
  return output;
}

const wanted = TARGETS.filter((target) =>
  Deno.args.length === 0 || Deno.args.some((arg) => target.startsWith(arg))
);
if (wanted.length === 0) {
  say(`There is no target ${Deno.args.join(", ")}; there are ${TARGETS.join(", ")}`);
  Deno.exit(2);
}
await Deno.mkdir(TOOLS, { recursive: true });
await Deno.mkdir(DIST, { recursive: true });
const work = await Deno.makeTempDir({ prefix: "sunspec-compile-" });
try {
  await bundle(work);
  for (const target of wanted) {
    const path = await compile(work, target);
    const { size } = await Deno.stat(path);
    say(`${path.slice(ROOT.length)}  ${(size / 1e6).toFixed(1)} MB`);
  }
} finally {
  await Deno.remove(work, { recursive: true });
}
