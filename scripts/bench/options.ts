/**
 * What a measuring is asked to do.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** The parts of a measuring. */
export type Part = "micro" | "start" | "fleet";

const PARTS: readonly Part[] = ["micro", "start", "fleet"];

/** Options of `deno task bench`. */
export interface BenchOptions {
  readonly parts: ReadonlySet<Part>;
  /** Sizes of the fleets. */
  readonly devices: readonly number[];
  readonly repeats: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Further binaries to compare with: name and path. */
  readonly binaries: readonly (readonly [name: string, path: string])[];
  /** Compile the binary first. */
  readonly compile: boolean;
  /** Put the figures into docs/performance.md. */
  readonly write: boolean;
}

/** Shown with `--help`, and where an option makes no sense. */
export const USAGE = `deno task bench [options]

  --parts micro,start,fleet    which parts (all)
  --devices 50,200,1000        sizes of the fleets, each device polled once a second
  --repeats 5                  how often each is measured; medians are shown
  --warm-up 30                 seconds before the window of a fleet's run (V8 compiles
                               what is hot only after thousands of polls)
  --seconds 15                 the window
  --binary NAME=PATH           one more binary to compare with; may be repeated
  --no-compile                 take dist/sunspec-collector-x86_64 as it is
  --write                      put the figures into docs/performance.md

Needs cargo (the Rust pipeline), java (the Kafka broker) and two free cores.
`;

/** Reads the arguments; undefined = show the usage. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      parts: { type: "string", default: PARTS.join() },
      devices: { type: "string", default: "50,200,1000" },
      repeats: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "30" },
      seconds: { type: "string", default: "15" },
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
    binaries,
    compile: !values["no-compile"],
    write: values.write,
  };
}
