/**
 * The parts of a changed configuration that a running agent can apply. Pure.
 *
 * @module
 */

import { stableJson } from "../base/stable_json.ts";
import { Secret } from "../base/secret.ts";
import type { Credentials, LoadedConfig } from "./source/load.ts";
import type { CheckedConfig } from "./check/parse.ts";
import { type ConfigPath, formatPath } from "./check/problem.ts";
import { isTable } from "./source/toml_tree.ts";

/**
 * Paths that are applied at run time, with everything below them. All other keys,
 * including those that later versions add, keep their value until a restart.
 */
const FOLLOWED: readonly ConfigPath[] = [
  ["devices"],
  ...["mode", "ranges", "exclude", "rescan_interval", "adopt", "ports", "unit_ids"]
    .map((key) => ["discovery", key]),
  ["discovery", "interval_ms"],
  ["uplink"],
  ["log", "level"],
  ...["flush_interval_ms", "power_loss_window_ms", "max_bytes", "max_rows", "max_age"]
    .map((key) => ["buffer", key]),
];

/** The difference between a configuration and the active one. */
export interface ConfigChange {
  /** The active configuration after the change: the new one except for `kept`. */
  readonly loaded: LoadedConfig;
  /** Paths that are applied, such as `uplink.brokers`; `devices` as a whole. */
  readonly followed: readonly string[];
  /** Paths that keep their old value until a restart. */
  readonly kept: readonly string[];
  /** Whether the uplink must be restarted. */
  readonly restartsUplink: boolean;
}

/** Compares a configuration with the active one. */
export function compareConfigs(
  active: LoadedConfig,
  wanted: LoadedConfig,
): ConfigChange {
  const followed: string[] = [];
  const kept: string[] = [];

  function merge(path: ConfigPath, old: unknown, now: unknown): unknown {
    if (isTable(old) && isTable(now)) {
      const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
      return Object.fromEntries(
        [...keys].map((key) => [key, merge([...path, key], old[key], now[key])]),
      );
    }
    if (isSame(old, now)) return old;
    const follow = FOLLOWED.some((start) =>
      start.every((part, at) => part === path[at])
    );
    (follow ? followed : kept).push(formatPath(path));
    return follow ? now : old;
  }

  // Both have the shape of a configuration, so the merged value has it too.
  const config = merge([], active.config, wanted.config) as CheckedConfig;
  for (const [key, path] of Object.entries(FILES)) {
    const name = key as keyof Credentials;
    if (followed.includes(path)) continue;
    if (!isSame(active.credentials[name], wanted.credentials[name])) {
      followed.push(path); // the same file with different content
    }
  }
  const restartsUplink = followed.some((path) =>
    path.startsWith("uplink.") && !path.startsWith("uplink.topics.")
  );
  const { quirkRules } = active;
  const rulesPath = "discovery.quirks_file";
  if (!isSame(quirkRules, wanted.quirkRules) && !kept.includes(rulesPath)) {
    kept.push(rulesPath);
  }
  return {
    loaded: { ...wanted, config, quirkRules },
    followed,
    kept,
    restartsUplink,
  };
}

/** The key that names the file of each credential. */
const FILES: Readonly<Record<keyof Credentials, string>> = {
  ca: "uplink.ca_file",
  cert: "uplink.cert_file",
  key: "uplink.key_file",
  saslPassword: "uplink.sasl_password_file",
};

/** Whether two values of a key are equal; secrets are compared and never shown. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.reveal() === b.reveal();
  if (a instanceof Secret || b instanceof Secret) return false;
  return stableJson(a) === stableJson(b);
}
