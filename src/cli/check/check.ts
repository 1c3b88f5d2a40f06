/**
 * `check --config FILE`: validates a configuration as `run` does.
 *
 * @module
 */

import { describeProblem } from "../../config/check/problem.ts";
import { scanAddresses } from "../../config/check/rules.ts";
import { unitsOf } from "../../config/configured_units.ts";
import type { Config } from "../../config/schema/schema.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { plural } from "../../base/format.ts";
import { loadSetup } from "../../agent/setup/load_setup.ts";

/** Options of `check`. */
export interface CheckOptions {
  /** The configuration file. */
  readonly config: string;
  readonly json: boolean;
}

/** Checks the file; problems go to stderr, with `--json` to stdout. Returns the exit code. */
export async function check(options: CheckOptions, io: CliIo): Promise<number> {
  const file = options.config;
  const loaded = await loadSetup(file, io.env, { outsideService: true });
  const problems = loaded.ok ? loaded.value.warnings : loaded.fault;
  const errors = problems.filter(({ severity }) => severity === "error");
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ ok: loaded.ok, file, problems })}\n`);
  } else {
    for (const problem of problems) io.stderr.write(`${describeProblem(problem)}\n`);
    if (loaded.ok) {
      io.stdout.write(`${file}: valid: ${summarise(loaded.value.config)}\n`);
    } else io.stderr.write(`${file}: ${plural(errors.length, "error")}\n`);
  }
  return loaded.ok ? EXIT.ok : EXIT.config;
}

function destinationText({ kind, brokers, files }: Config["uplink"]): string {
  switch (kind) {
    case "kafka":
      return `Kafka at ${brokers.join(", ")}`;
    case "files":
      return `files in ${files.path}`;
    default:
      return kind satisfies never;
  }
}

/** Summarises the configuration in a few words. */
function summarise({ gateway, devices, discovery, uplink }: Config): string {
  const units = devices.flatMap(unitsOf).length;
  const to = destinationText(uplink);
  const addresses = plural(devices.length, "address", "addresses");
  const scan = discovery.mode === "subnet_scan"
    ? `, scan of ${plural(scanAddresses(discovery).length, "address", "addresses")}`
    : "";
  return `gateway ${gateway.id}, ${
    plural(units, "unit")
  } at ${addresses}${scan}, to ${to}`;
}
