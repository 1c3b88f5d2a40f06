/**
 * `deno task bench`: measures processor time and memory of the agent on this machine,
 * beside a pipeline of the same shape in Rust.
 *
 * @module
 */

import { captureOutput } from "./child.ts";
import { replacePart } from "./document.ts";
import { measureDrains } from "./drain/drain.ts";
import { drainTables } from "./drain/tables.ts";
import { fleetTable, measureFleets } from "./fleet.ts";
import { idleTable, measureIdle } from "./idle.ts";
import { measureMicro, microTable } from "./micro.ts";
import { type BenchOptions, parseOptions, type Part, USAGE } from "./options.ts";
import { comparisonPlots, peerPrograms } from "./peers/comparison.ts";
import { buildTelegraf } from "./peers/telegraf.ts";
import { describeMachine } from "./proc.ts";
import { collectorProgram, type Program, rustProgram } from "./programs.ts";
import { measureRows, rowsTable } from "./rows.ts";
import { buildPeer } from "./rust_peer.ts";
import { measureShort, shortTable } from "./short/short.ts";
import { measureStart, OWN_RUNTIME, runtimeInside, startTable } from "./start.ts";
import { measureTrouble, troubleTable } from "./trouble.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const BINARY = `${ROOT}dist/sunspec-collector-${Deno.build.arch}`;
const DOCUMENT = `${ROOT}docs/performance.md`;
const PLOTS = `${ROOT}docs/plots`;
const COMPILE_LIMIT_MS = 300_000;
/** Number of devices that wrote the backlog and are polled while it drains. */
const DRAIN_DEVICES = 100;

/** Parts that measure the executable; the others run the source. */
const WITH_BINARY: ReadonlySet<Part> = new Set([
  ...["start", "idle", "fleet", "peers", "trouble", "drain", "short"] as const,
]);

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

async function measure(
  part: Part,
  options: BenchOptions,
  { peer, telegraf, folder }: Tools,
): Promise<string> {
  switch (part) {
    case "micro":
      return microTable(await measureMicro(peer, folder, options.repeats, print));
    case "rows":
      return rowsTable(await measureRows(options.repeats));
    case "start":
      return startTable(await measureStart(BINARY, options.repeats * 2));
    case "idle":
      return idleTable(await measureIdle(peer, collectors(options), options, folder));
    case "fleet": {
      const programs = [...collectors(options), rustProgram(peer)];
      const sizes = options.devices;
      return fleetTable(
        await measureFleets(peer, programs, { ...options, sizes }, folder, print),
      );
    }
    case "peers": {
      const programs = [
        collectorProgram("sunspec-collector", BINARY),
        ...peerPrograms(telegraf),
        rustProgram(peer),
      ];
      const fleets = { ...options, sizes: options.devices };
      const results = await measureFleets(peer, programs, fleets, folder, print);
      if (options.write) await writePlots(comparisonPlots(results));
      return fleetTable(results);
    }
    case "short":
      return shortTable(await measureShort(BINARY, folder));
    case "trouble": {
      const programs = agents(options);
      return troubleTable(await measureTrouble(programs, options, folder, print));
    }
    case "drain": {
      const programs = agents(options);
      const drain = { ...options, devices: DRAIN_DEVICES };
      return drainTables(await measureDrains(programs, drain, folder, print));
    }
  }
}

/** The agent, and the other executables of the options. */
function agents(
  options: BenchOptions,
): readonly { readonly name: string; readonly binary: string }[] {
  return [["sunspec-collector", BINARY] as const, ...options.binaries]
    .map(([name, binary]) => ({ name, binary }));
}

function collectors(options: BenchOptions): readonly Program[] {
  return agents(options).map(({ name, binary }) => collectorProgram(name, binary));
}

interface Tools {
  /** The Rust pipeline; empty if no part needs it. */
  readonly peer: string;
  /** Telegraf; empty if no part needs it. */
  readonly telegraf: string;
  readonly folder: string;
}

async function bench(options: BenchOptions): Promise<void> {
  const needs = (...parts: Part[]): boolean => parts.some((p) => options.parts.has(p));
  let peer = "";
  if (needs("micro", "idle", "fleet", "peers")) {
    print("Building the Rust pipeline (90 s the first time)\n");
    peer = await buildPeer(`${ROOT}.tools`);
  }
  let telegraf = "";
  if (needs("peers")) {
    print("Building Telegraf (70 s the first time)\n");
    telegraf = await buildTelegraf(`${ROOT}.tools`);
  }
  if (options.compile && needs(...WITH_BINARY)) {
    print("Compiling the agent\n");
    await captureOutput(
      [Deno.execPath(), "run", "-A", `${ROOT}scripts/compile.ts`, Deno.build.arch],
      { cwd: ROOT, limitMs: COMPILE_LIMIT_MS },
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "sunspec-bench-" });
  try {
    for (const part of options.parts) {
      const day = new Date().toISOString().slice(0, 10);
      const text = await measure(part, options, { peer, telegraf, folder });
      const inside = WITH_BINARY.has(part) ? await runtimeInside(BINARY) : OWN_RUNTIME;
      const about = `${day}: ${describeMachine()}, ${inside}; ` +
        `medians of ${options.repeats}.`;
      print(`\n${about}\n\n${text}\n\n`);
      if (options.write) await write(part, `${about}\n\n${text}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writePlots(plots: ReadonlyMap<string, string>): Promise<void> {
  await Deno.mkdir(PLOTS, { recursive: true });
  for (const [name, svg] of plots) await Deno.writeTextFile(`${PLOTS}/${name}`, svg);
}

async function write(part: Part, text: string): Promise<void> {
  const document = await Deno.readTextFile(DOCUMENT);
  await Deno.writeTextFile(DOCUMENT, replacePart(document, part, text));
  await captureOutput([Deno.execPath(), "fmt", "--quiet", DOCUMENT], {
    cwd: ROOT,
    limitMs: 30_000,
  });
}

const options = parseOptions(Deno.args);
if (options === undefined) print(USAGE);
else await bench(options);
