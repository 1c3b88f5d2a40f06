/**
 * `check --config FILE`: says whether `run` would take a configuration.
 *
 * @module
 */

import { type ConfigProblem, describeProblem } from "../../config/check/problem.ts";
import { addressesOf } from "../../config/check/rules.ts";
import { unitsOf } from "../../config/configured_units.ts";
import type { Config } from "../../config/schema/schema.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { plural } from "../terminal/words.ts";
import { loadSetup } from "../../agent/load_setup.ts";

/** Options of `check`. */
export interface CheckOptions {
  /** The configuration file. */
  readonly config: string;
  readonly json: boolean;
}

/** Checks; faults go to stderr (with `--json` to stdout). */
export async function check(options: CheckOptions, io: CliIo): Promise<number> {
  const file = options.config;
  const loaded = await loadSetup(file, io.env, { outside: true });
  const problems = loaded.ok ? loaded.value.warnings : loaded.fault;
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ ok: loaded.ok, file, problems })}\n`);
  } else {
    for (const problem of problems) io.stderr.write(`${describeProblem(problem)}\n`);
    if (loaded.ok) io.stdout.write(`${file}: valid: ${summary(loaded.value.config)}\n`);
    else io.stderr.write(`${file}: ${count(problems, "error", "fault")}\n`);
  }
  return loaded.ok ? EXIT.ok : EXIT.config;
}

/** What the configuration asks for, in a few words. */
function summary({ gateway, devices, discovery, uplink }: Config): string {
  const units = devices.flatMap(unitsOf).length;
  const to = uplink.kind === "kafka"
    ? `Kafka at ${uplink.brokers.join(", ")}`
    : `files in ${uplink.files.path}`;
  const addresses = plural(devices.length, "address", "addresses");
  const scan = discovery.mode === "subnet_scan"
    ? `, a scan of ${plural(addressesOf(discovery).length, "address", "addresses")}`
    : "";
  return `gateway ${gateway.id}, ${
    plural(units, "unit")
  } at ${addresses}${scan}, to ${to}`;
}

function count(
  problems: readonly ConfigProblem[],
  severity: ConfigProblem["severity"],
  noun: string,
): string {
  return plural(problems.filter((one) => one.severity === severity).length, noun);
}
