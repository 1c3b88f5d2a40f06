/**
 * Reloads the configuration of a running agent and applies the changes. A
 * configuration with an error changes nothing.
 *
 * @module
 */

import type { Agent } from "./agent_types.ts";
import { compareConfigs } from "../config/change.ts";
import { loadConfig, type LoadedConfig, secretsOf } from "../config/source/load.ts";
import { type ConfigProblem, describeProblem } from "../config/check/problem.ts";
import type { OpenLog } from "../observability/log/log.ts";
import type { RosterChange } from "../poller/roster/roster_change.ts";
import { toAgentSettings } from "./setup/agent_options.ts";

/** The result of a reload. */
export type ReloadReport =
  | {
    readonly is: "followed";
    /** Changed keys of the configuration that were applied. */
    readonly followed: readonly string[];
    /** Changed keys that keep their old value until a restart. */
    readonly kept: readonly string[];
    /** Changes of the polled devices, by `host:port/unit`. */
    readonly devices: RosterChange;
    readonly warnings: readonly ConfigProblem[];
  }
  /** The configuration has errors; warnings are listed too. */
  | { readonly is: "refused"; readonly faults: readonly ConfigProblem[] };

/** The interfaces that a reloader uses. */
export interface ReloaderOptions {
  /** The configuration file. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** The configuration in effect. */
  readonly loaded: LoadedConfig;
  readonly agent: Pick<Agent, "update">;
  readonly log: OpenLog;
}

/** Reloads the configuration, one reload at a time. */
export interface Reloader {
  /** The result of the last reload; undefined before the first. */
  readonly last: ReloadReport | undefined;
  /**
   * Reloads now, or after the current reload.
   *
   * @throws if a part of the agent fails permanently.
   */
  reload(): Promise<ReloadReport>;
}

/** Creates a reloader. */
export function createReloader(options: ReloaderOptions): Reloader {
  const { file, env, agent, log } = options;
  let inForce = options.loaded;
  let last: ReloadReport | undefined;
  let current: Promise<unknown> = Promise.resolve();
  /** A reload that has not begun; it reads the file when it begins, so further requests join it. */
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
    const { loaded, followed, kept, restartsUplink } = compareConfigs(
      inForce,
      wanted.value,
    );
    const { config, warnings } = loaded;
    for (const problem of warnings) {
      log.event("config.warning", {
        path: problem.path,
        problem: describeProblem(problem),
      });
    }
    log.adjust({ level: config.log.level, secrets: secretsOf(loaded) });
    inForce = loaded;
    const devices = await agent.update(toAgentSettings(loaded, log), {
      destination: restartsUplink,
    })
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.event("config.fault", { problem: `cannot be applied: ${reason}` });
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
      const next = current.then(() => {
        waiting = undefined;
        return reload();
      }).then((report) => last = report);
      waiting = next;
      current = next.catch(() => {});
      return next;
    },
  };
}

function errorsOf(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.filter(({ severity }) => severity === "error");
}

/** Why the last reload was rejected, as text; undefined if it was not. */
export function describeRejectedReload(
  last: ReloadReport | undefined,
): string | undefined {
  if (last?.is !== "refused") return undefined;
  const errors = errorsOf(last.faults);
  const [first] = errors;
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
  return first === undefined
    ? undefined
    : `reload rejected, the previous configuration is in effect: ${
      describeProblem(first)
    }${more}`;
}
