/**
 * `reload --config FILE`: makes the running agent reload its configuration and
 * prints the result.
 *
 * @module
 */

import { loadConfig } from "../../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../../config/check/problem.ts";
import { requestReload } from "../../agent/control.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { ReloadReport } from "../../agent/reload.ts";

/** Options of `reload`. */
export interface ReloadOptions {
  /** The configuration file. */
  readonly config: string;
  readonly json: boolean;
}

/** Checks the file, then asks the agent to reload it. Returns the exit code. */
export async function reload(options: ReloadOptions, io: CliIo): Promise<number> {
  const { config: file } = options;
  const print = (result: unknown, text: string, stream = io.stdout): void => {
    if (options.json) io.stdout.write(`${JSON.stringify(result)}\n`);
    else stream.write(text);
  };
  const loaded = await loadConfig(file, io.env, { outsideService: true });
  if (!loaded.ok) {
    print(
      { ok: false, file, problems: loaded.fault },
      `${
        lines(loaded.fault)
      }Not reloaded: ${file} has errors; the old configuration stays in effect\n`,
      io.stderr,
    );
    return EXIT.config;
  }
  const bufferPath = loaded.value.config.buffer.path;
  const answer = await requestReload(file, bufferPath);
  if (!answer.ok) {
    print(
      { ok: false, file, error: answer.fault },
      `Not reloaded: ${answer.fault}\n` +
        "Check that the agent is running and that buffer.path has not changed (a change requires a restart)\n",
      io.stderr,
    );
    return EXIT.unavailable;
  }
  const report = answer.value;
  if (report.is === "refused") {
    // The agent may have other environment variables than this command.
    print(
      { ok: false, file, problems: report.faults },
      `${
        lines(report.faults)
      }Not reloaded: the agent rejected ${file}; the old configuration stays in effect\n`,
      io.stderr,
    );
    return EXIT.config;
  }
  const { followed, kept, devices, warnings } = report;
  print(
    { ok: true, file, is: "followed", followed, kept, devices, warnings },
    `${describeReload(file, report)}\n`,
  );
  return EXIT.ok;
}

function lines(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${describeProblem(problem)}\n`).join("");
}

function describeReload(
  file: string,
  { followed, kept, devices, warnings }: Extract<ReloadReport, { is: "followed" }>,
): string {
  const { added, changed, removed } = devices;
  const unchanged = kept.length === 0
    ? "no changes"
    : "no changes that apply without a restart";
  return [
    ...warnings.map(describeProblem),
    `Reloaded ${file}: ${followed.length === 0 ? unchanged : followed.join(", ")}`,
    ...[["added", added], ["changed", changed], ["removed", removed]].flatMap(
      ([name, keys]) => keys?.length === 0 ? [] : [`  ${name}: ${keys}`],
    ),
    ...kept.map((path) =>
      `  ${path} requires a restart; its old value stays in effect`
    ),
  ].join("\n");
}
