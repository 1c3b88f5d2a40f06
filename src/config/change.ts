/**
 * What of a changed configuration a running agent can follow. Pure.
 *
 * @module
 */

import { Secret } from "../base/secret.ts";
import type { Credentials, LoadedConfig } from "./source/load.ts";
import type { CheckedConfig } from "./check/parse.ts";
import { type ConfigPath, showPath } from "./check/problem.ts";
import { isTable } from "./source/toml_tree.ts";

/**
 * What is followed at run time, with all that is below it. Everything else, also
 * what a later version adds, keeps its value until a restart.
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

/** How a configuration differs from the one in force. */
export interface ConfigChange {
  /** What is in force once the change is followed: the new one, but for `kept`. */
  readonly loaded: LoadedConfig;
  /** Paths that are followed, such as `uplink.brokers`; `devices` as a whole. */
  readonly followed: readonly string[];
  /** Paths that keep their old value until a restart. */
  readonly kept: readonly string[];
  /** Whether the uplink must be made anew. */
  readonly farSide: boolean;
}

/** Compares a configuration with the one in force. */
export function compareConfigs(
  inForce: LoadedConfig,
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
    (follow ? followed : kept).push(showPath(path));
    return follow ? now : old;
  }

  // Both have the shape of a configuration, and so has what is merged of them.
  const config = merge([], inForce.config, wanted.config) as CheckedConfig;
  for (const [key, path] of Object.entries(FILES)) {
    const name = key as keyof Credentials;
    if (followed.includes(path)) continue;
    if (!isSame(inForce.credentials[name], wanted.credentials[name])) {
      followed.push(path); // another content of the same file
    }
  }
  const farSide = followed.some((path) =>
    path.startsWith("uplink.") && !path.startsWith("uplink.topics.")
  );
  const { quirkRules } = inForce;
  const rulesPath = "discovery.quirks_file";
  if (!isSame(quirkRules, wanted.quirkRules) && !kept.includes(rulesPath)) {
    kept.push(rulesPath);
  }
  return { loaded: { ...wanted, config, quirkRules }, followed, kept, farSide };
}

/** Which key names the file of a credential. */
const FILES: Readonly<Record<keyof Credentials, string>> = {
  ca: "uplink.ca_file",
  cert: "uplink.cert_file",
  key: "uplink.key_file",
  saslPassword: "uplink.sasl_password_file",
};

/** Whether two values of a key are the same; secrets are compared, never shown. */
function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.reveal() === b.reveal();
  if (a instanceof Secret || b instanceof Secret) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
