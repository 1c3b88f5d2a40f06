/**
 * Reads the configuration of a running agent anew, and has the agent follow
 * what has changed. A file with a fault changes nothing.
 *
 * @module
 */

import type { Agent } from "./agent.ts";
import { compareConfigs } from "../config/change.ts";
import { loadConfig, type LoadedConfig, secretsOf } from "../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../config/check/problem.ts";
import type { OpenLog } from "../observability/log/log.ts";
import type { RosterChange } from "../poller/roster/roster_change.ts";
import { toAgentSettings } from "./options.ts";

/** What came of a reload. */
export type ReloadReport =
  | {
    readonly is: "followed";
    /** Paths of the configuration that were followed, and that wait for a restart. */
    readonly followed: readonly string[];
    readonly kept: readonly string[];
    /** What changed of who is polled, by `host:port/unit`. */
    readonly devices: RosterChange;
    readonly warnings: readonly ConfigProblem[];
  }
  /** The faults that are there, and warnings among them. */
  | { readonly is: "refused"; readonly faults: readonly ConfigProblem[] };

/** What a reloader needs. */
export interface ReloaderParts {
  /** The configuration file. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** The configuration in force. */
  readonly loaded: LoadedConfig;
  readonly agent: Pick<Agent, "follow">;
  readonly log: OpenLog;
}

/** Reloads, one at a time. */
export interface Reloader {
  /** What came of the last reload; undefined before the first. */
  readonly last: ReloadReport | undefined;
  /**
   * Reloads now, or after the one that is under way.
   *
   * @throws if a part of the agent fails for good meanwhile.
   */
  reload(): Promise<ReloadReport>;
}

/** Makes a reloader. */
export function createReloader(parts: ReloaderParts): Reloader {
  const { file, env, agent, log } = parts;
  let inForce = parts.loaded;
  let last: ReloadReport | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  /** One that has not begun yet will see the file as it is then. */
  let waiting: Promise<ReloadReport> | undefined;

  async function reload(): Promise<ReloadReport> {
    const wanted = await loadConfig(file, env);
    if (!wanted.ok) {
      const errors = errorsOf(wanted.fault);
      for (const fault of errors) {
        log.event("config.fault", { problem: describeProblem(fault) });
      }
      log.event("config.refused", { file, faults: errors.length });
      return { is: "refused", faults: wanted.fault };
    }
    const { loaded, followed, kept, farSide } = compareConfigs(inForce, wanted.value);
    const { config, warnings } = loaded;
    for (const problem of warnings) {
      log.event("config.warning", {
        path: problem.path,
        problem: describeProblem(problem),
      });
    }
    log.adjust({ level: config.log.level, secrets: secretsOf(loaded) });
    inForce = loaded;
    const devices = await agent.follow(toAgentSettings(loaded, log), { farSide })
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        log.event("config.fault", { problem: `it could not be followed: ${why}` });
        throw error;
      });
    for (const path of kept) log.event("config.kept", { path });
    log.event("config.reloaded", { followed, ...devices });
    return { is: "followed", followed, kept, devices, warnings };
  }

  return {
    get last() {
      return last;
    },
    reload() {
      if (waiting !== undefined) return waiting;
      const next = turn.then(() => {
        waiting = undefined;
        return reload();
      }).then((report) => last = report);
      waiting = next;
      turn = next.catch(() => {});
      return next;
    },
  };
}

function errorsOf(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.filter(({ severity }) => severity === "error");
}

/** Why the last reload changed nothing, in a few words; undefined if it did. */
export function describeRefusal(last: ReloadReport | undefined): string | undefined {
  if (last?.is !== "refused") return undefined;
  const errors = errorsOf(last.faults);
  const [first] = errors;
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
  return first === undefined
    ? undefined
    : `reload refused, the old configuration is in force: ${
      describeProblem(first)
    }${more}`;
}
