/**
 * Measures the read path alone, with the V8 flags of the executable: poller, session and
 * Modbus, without records. The simulated devices run in a process of their own.
 *
 * Usage: `deno run -A scripts/bench/reads/reads.ts [--devices 200] [--repeats 5]
 * [--warm-up 30] [--seconds 20]`
 *
 * @module
 */

import { parseArgs } from "node:util";
import { V8_FLAGS } from "../../package/binary.ts";
import { captureOutput, startChild } from "../child.ts";
import { formatNumber, formatTable, median } from "../figures.ts";
import type { ReadFigures } from "./poll_devices.ts";

const UP_LIMIT_MS = 10_000;
const SPARE_MS = 60_000;
const SERVER = new URL("device_server.ts", import.meta.url).pathname;
const CLIENT = new URL("poll_devices.ts", import.meta.url).pathname;

/** Options of the measurement. */
export interface ReadPathOptions {
  /** Numbers of devices; each is polled once per second with three requests. */
  readonly devices: readonly number[];
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Measures every number of devices and returns a table of the medians. */
export async function measureReadPath(
  options: ReadPathOptions,
  folder: string,
  print: (text: string) => void,
): Promise<string> {
  const rows: string[][] = [];
  for (const count of options.devices) {
    const runs: ReadFigures[] = [];
    for (let turn = 0; turn < options.repeats; turn++) {
      const figures = await measureOnce(count, options, folder);
      print(`${count} devices: ${JSON.stringify(figures)}\n`);
      runs.push(figures);
    }
    const of = (name: keyof ReadFigures): string =>
      formatNumber(median(runs.map((run) => run[name])));
    const late = [of("lateMedianMs"), of("lateP99Ms")];
    rows.push([String(count), of("cpuPerPoll"), of("waitsPerPoll"), ...late]);
  }
  const head = ["devices", "CPU µs per poll", "waits per poll"];
  return formatTable([...head, "late, ms (median)", "late, ms (p99)"], rows);
}

async function measureOnce(
  count: number,
  { warmUpSeconds, seconds }: ReadPathOptions,
  folder: string,
): Promise<ReadFigures> {
  const command = [Deno.execPath(), "run", "-A", SERVER, String(count)];
  await using server = await startChild(command, `${folder}/devices.log`);
  const ports = await portsOf(server);
  const output = await captureOutput(
    [
      ...[Deno.execPath(), "run", "-A", V8_FLAGS, CLIENT] as const,
      ...[ports.trim(), String(warmUpSeconds), String(seconds)],
    ],
    { limitMs: (warmUpSeconds + seconds) * 1_000 + SPARE_MS },
  );
  return JSON.parse(output);
}

/** The ports that the simulated devices print. */
async function portsOf(server: { log(): Promise<string> }): Promise<string> {
  for (let waitedMs = 0; waitedMs < UP_LIMIT_MS; waitedMs += 50) {
    const text = await server.log();
    if (text.endsWith("\n")) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The simulated devices did not start: ${await server.log()}`);
}

if (import.meta.main) {
  const number = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({
    options: {
      devices: number("200"),
      repeats: number("5"),
      "warm-up": number("30"),
      seconds: number("20"),
    },
  });
  const folder = await Deno.makeTempDir({ prefix: "sunspec-reads-" });
  const print = (text: string): void =>
    void Deno.stdout.writeSync(new TextEncoder().encode(text));
  try {
    const table = await measureReadPath(
      {
        devices: values.devices.split(",").map(Number),
        repeats: Number(values.repeats),
        warmUpSeconds: Number(values["warm-up"]),
        seconds: Number(values.seconds),
      },
      folder,
      print,
    );
    print(`\n${table}\n`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
