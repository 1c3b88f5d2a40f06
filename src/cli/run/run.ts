/**
 * `run --config FILE`: runs the agent until a signal.
 *
 * @module
 */

import { loadSetup } from "../../agent/setup/load_setup.ts";
import { createAgentMeasurements } from "../../agent/setup/agent_options.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { secretsOf } from "../../config/source/load.ts";
import { createLog } from "../../observability/log/log.ts";
import { isJournal } from "../../platform/journal.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { VERSION } from "../../base/version.ts";
import { runService } from "./service.ts";

/** Options of `run`. */
export interface RunOptions {
  /** The configuration file. */
  readonly config: string;
}

/** Runs the agent; returns the exit code. */
export async function run(options: RunOptions, io: CliIo): Promise<number> {
  const loaded = await loadSetup(options.config, io.env);
  if (!loaded.ok) {
    for (const problem of loaded.fault) {
      io.stderr.write(`${describeProblem(problem)}\n`);
    }
    return EXIT.config;
  }
  const { config, warnings } = loaded.value;
  const measurements = createAgentMeasurements();
  const journal = isJournal(io.env);
  const log = createLog({
    level: config.log.level,
    format: config.log.format === "auto"
      ? (io.stderr.isTerminal || journal ? "pretty" : "json")
      : config.log.format,
    write: (text) => io.stderr.write(text),
    nowMs: () => Date.now(),
    onEvent: (name) => measurements.events.add(name),
    journal,
    secrets: secretsOf(loaded.value),
  });
  try {
    log.event("agent.started", { version: VERSION, gateway: config.gateway.id });
    for (const problem of warnings) {
      log.event("config.warning", {
        path: problem.path,
        problem: describeProblem(problem),
      });
    }
    const { config: file } = options;
    return await runService({ file, setup: loaded.value, log, measurements, io });
  } finally {
    log.close();
  }
}
