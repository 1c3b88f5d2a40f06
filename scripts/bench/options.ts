/**
 * The command line of the benchmark.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** The parts of the benchmark. */
export type Part =
  | "micro"
  | "rows"
  | "start"
  | "idle"
  | "fleet"
  | "peers"
  | "trouble"
  | "drain"
  | "short";

const PARTS: readonly Part[] = [
  "micro",
  "rows",
  "start",
  "idle",
  "fleet",
  "peers",
  "trouble",
  "drain",
  "short",
];

/** Parts of a complete benchmark; `short` is for comparisons while developing. */
const BY_DEFAULT = PARTS.filter((part) => part !== "short");

/** Options of `deno task bench`. */
export interface BenchOptions {
  readonly parts: ReadonlySet<Part>;
  /** Numbers of devices of the fleets. */
  readonly devices: readonly number[];
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Rows of the backlog that is drained. */
  readonly rows: number;
  /** Poll interval and `flush_interval_ms` of the drain. */
  readonly intervalMs: number;
  readonly flushIntervalMs: number;
  /** Further executables to measure: name and path. */
  readonly binaries: readonly (readonly [name: string, path: string])[];
  /** Compile the executable first. */
  readonly compile: boolean;
  /** Write the figures to docs/performance.md. */
  readonly write: boolean;
}

/** Shown with `--help` and for an invalid option. */
export const USAGE = `deno task bench [options]

  --parts micro,rows,start,idle,fleet,peers,trouble,drain,short
                               parts to run (default: all but short)
  --devices 2,50,200,1000      fleet sizes; each device is polled once per second
  --repeats 5                  number of measurements; the medians are shown
  --warm-up 30                 time before a fleet is measured, in seconds (V8 compiles
                               hot code only after thousands of polls)
  --seconds 15                 duration of a measurement
  --rows 500000                drain: rows of the backlog (2600000 = 72 h of 100 devices
                               polled every 10 s)
  --interval 10                drain: poll interval of the 100 devices, in seconds
  --flush-interval 1000        drain: flush_interval_ms
  --binary NAME=PATH           measure another executable too; may be repeated
  --no-compile                 use the existing dist/sunspec-collector-x86_64
  --write                      write the figures to docs/performance.md

Requires cargo (Rust pipeline; not for rows, start, trouble, drain and short),
Go (Telegraf; for peers), java (Kafka broker) and two idle cores.
`;

/** Parses the arguments; undefined = show the usage. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      parts: { type: "string", default: BY_DEFAULT.join() },
      devices: { type: "string", default: "2,50,200,1000" },
      repeats: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "30" },
      seconds: { type: "string", default: "15" },
      rows: { type: "string", default: "500000" },
      interval: { type: "string", default: "10" },
      "flush-interval": { type: "string", default: "1000" },
      binary: { type: "string", multiple: true, default: [] },
      "no-compile": { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const parts = values.parts.split(",");
  const known = PARTS.filter((part) => parts.includes(part));
  if (known.length < parts.length) return undefined;
  const binaries = values.binary.map((text): [string, string] => {
    const [name = "", path = ""] = text.split("=");
    return [name, path];
  });
  const numbers = [
    ...values.devices.split(","),
    values.repeats,
    values["warm-up"],
    values.seconds,
    values.rows,
    values.interval,
    values["flush-interval"],
  ].map(Number);
  if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
    return undefined;
  }
  return {
    parts: new Set(known),
    devices: values.devices.split(",").map(Number),
    repeats: Number(values.repeats),
    warmUpSeconds: Number(values["warm-up"]),
    seconds: Number(values.seconds),
    rows: Number(values.rows),
    intervalMs: Number(values.interval) * 1_000,
    flushIntervalMs: Number(values["flush-interval"]),
    binaries,
    compile: !values["no-compile"],
    write: values.write,
  };
}
