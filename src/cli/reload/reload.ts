/**
 * `reload --config FILE`: has the running agent read its configuration anew,
 * and says what came of it.
 *
 * @module
 */

import { loadConfig } from "../../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../../config/check/problem.ts";
import { askForReload } from "../../agent/control.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { ReloadReport } from "../../agent/reload.ts";

/** Options of `reload`. */
export interface ReloadOptions {
  /** The configuration file. */
  readonly config: string;
  readonly json: boolean;
}

/** Checks the file first: one with faults is not handed on. */
export async function reload(options: ReloadOptions, io: CliIo): Promise<number> {
  const { config: file } = options;
  const say = (outcome: unknown, text: string, to = io.stdout): void => {
    if (options.json) io.stdout.write(`${JSON.stringify(outcome)}\n`);
    else to.write(text);
  };
  const loaded = await loadConfig(file, io.env, { outside: true });
  if (!loaded.ok) {
    say(
      { ok: false, file, problems: loaded.fault },
      `${
        lines(loaded.fault)
      }${file}: not reloaded: the old configuration stays in force\n`,
      io.stderr,
    );
    return EXIT.config;
  }
  const bufferPath = loaded.value.config.buffer.path;
  const answer = await askForReload(file, bufferPath);
  if (!answer.ok) {
    say(
      { ok: false, file, error: answer.fault },
      `${file}: not reloaded: ${answer.fault}\n` +
        "Does the agent run, with this buffer.path (a changed one takes a restart)? SIGHUP to its process asks it without an answer\n",
      io.stderr,
    );
    return EXIT.unavailable;
  }
  const report = answer.value;
  if (report.is === "refused") {
    // The agent's environment is not the command's.
    say(
      { ok: false, file, problems: report.faults },
      `${
        lines(report.faults)
      }${file}: the agent refused it: the old configuration stays in force\n`,
      io.stderr,
    );
    return EXIT.config;
  }
  say({ ok: true, file, ...report }, `${describe(file, report)}\n`);
  return EXIT.ok;
}

function lines(problems: readonly ConfigProblem[]): string {
  return problems.map((problem) => `${describeProblem(problem)}\n`).join("");
}

function describe(
  file: string,
  { followed, kept, devices, warnings }: Extract<ReloadReport, { is: "followed" }>,
): string {
  const { added, changed, removed } = devices;
  const nothing = kept.length === 0
    ? "nothing has changed"
    : "nothing that can change while the agent runs";
  return [
    ...warnings.map(describeProblem),
    `${file}: reloaded: ${followed.length === 0 ? nothing : followed.join(", ")}`,
    ...[["added", added], ["changed", changed], ["removed", removed]].flatMap(
      ([name, keys]) => keys?.length === 0 ? [] : [`  ${name}: ${keys}`],
    ),
    ...kept.map((path) => `  ${path} keeps its old value until a restart`),
  ].join("\n");
}
