/**
 * The roster of a plant that is explored: what is configured, and beside it
 * what was found. What is configured wins.
 *
 * @module
 */

import type { Log } from "../../base/log.ts";
import {
  createExplorer,
  type ExplorerParts,
  type ExplorerSettings,
  type Standing,
} from "../../discovery/subnet_watch.ts";
import type { FoundDevice, FoundNews } from "../../discovery/found_devices.ts";
import type { DeviceMemory } from "../../device/device_cache.ts";
import { identityKey, type SeenDevice } from "../../device/duplicates.ts";
import type { DeviceReport, Supervisor } from "../device_report.ts";
import { keyOf, type RosterEntry, toRoster } from "./roster.ts";

/** How a plant is explored, and what becomes of what is found. */
export interface ExplorationSettings extends ExplorerSettings {
  /** Whether it is polled, or only reported. */
  readonly adopt: boolean;
  /** How often it is polled. */
  readonly intervalMs: number;
}

/** What an exploration stands on. */
export interface ExplorationParts extends Pick<ExplorerParts, "pool" | "clock"> {
  readonly log: Log;
  readonly memory: DeviceMemory;
  /** What was found before this start. */
  readonly before: readonly FoundDevice[];
  /** Keeps what was found for the next start; it never waits and never fails. */
  readonly save: (found: readonly FoundDevice[]) => void;
}

/** A plant that is explored. */
export interface Exploration {
  /** Who is to be polled. */
  readonly roster: readonly RosterEntry[];
  /** Goes on with other devices configured and other settings; null = nothing is looked for. */
  follow(
    configured: readonly RosterEntry[],
    settings: ExplorationSettings | null,
  ): readonly RosterEntry[];
  /** Explores, and has `supervisor` follow, until `signal` aborts; then throws its reason. */
  run(
    supervisor: Pick<Supervisor, "devices" | "follow">,
    signal: AbortSignal,
  ): Promise<never>;
}

/** The deadline of a request, and of a connect, to a device that was found, in ms. */
const FOUND_TIMEOUT_MS = 3_000;

/** Begins with what is configured and what was found before. */
export function createExploration(
  firstConfigured: readonly RosterEntry[],
  firstSettings: ExplorationSettings | null,
  parts: ExplorationParts,
): Exploration {
  const { log, memory } = parts;
  let configured = firstConfigured;
  let settings = firstSettings;
  /** Undefined until it runs: then nobody is polled yet. */
  let supervisor: Pick<Supervisor, "devices" | "follow"> | undefined;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // told by run()

  const reports = (): readonly DeviceReport[] => supervisor?.devices ?? [];

  const explorer = createExplorer(parts.before, toExplorerSettings(settings), {
    pool: parts.pool,
    clock: parts.clock,
    heldHosts,
    standing,
    onNews,
    onLooked: ({ hosts, ms }) =>
      log.event("discovery.looked", {
        hosts,
        known: explorer.known.length,
        seconds: Math.round(ms / 100) / 10,
      }),
  });

  function roster(): readonly RosterEntry[] {
    if (settings === null || !settings.adopt) return configured;
    const { hosts, intervalMs } = settings;
    return [
      ...configured,
      ...adoptable(explorer.known, hosts).flatMap(({ at }) =>
        toRoster([{
          host: at.host,
          port: at.port,
          unitIds: [at.unitId],
          intervalMs,
          timeoutMs: FOUND_TIMEOUT_MS,
          connectTimeoutMs: FOUND_TIMEOUT_MS,
        }]).entries
      ),
    ];
  }

  /** What lies in the ranges and is not configured, by its address or by who it is. */
  function adoptable(
    known: readonly FoundDevice[],
    hosts: readonly string[],
  ): readonly FoundDevice[] {
    const inRange = new Set(hosts);
    const addresses = new Set(configured.map(({ host, port }) => `${host}:${port}`));
    const keys = new Set(configured.map(({ key }) => key));
    const named = new Set(
      reports().flatMap(({ key, identity }) => {
        const who = identity === null ? undefined : identityKey(identity);
        return who === undefined || !keys.has(key) ? [] : [who];
      }),
    );
    return known.filter(({ at, identity }) =>
      inRange.has(at.host) && !addresses.has(`${at.host}:${at.port}`) &&
      !named.has(identityKey(identity) ?? "")
    );
  }

  function heldHosts(): ReadonlySet<string> {
    const held = new Set(configured.map(({ host }) => host.toLowerCase()));
    for (const { host, state } of reports()) {
      if (state === "online" || state === "asleep") held.add(host.toLowerCase());
    }
    return held;
  }

  function standing(): Standing {
    const states = new Map(reports().map(({ key, state }) => [key, state]));
    return ({ host, port, unitId }) => {
      const state = states.get(keyOf(host, port, unitId));
      if (state === "online" || state === "asleep") return "answers";
      return state === "offline" ? "silent" : undefined;
    };
  }

  function onNews(
    { added, moved, left }: FoundNews,
    known: readonly FoundDevice[],
  ): void {
    const adopt = settings?.adopt ?? false;
    for (const seen of added) {
      log.event("discovery.found", { ...describe(seen), adopted: adopt });
      remember(seen);
    }
    for (const seen of left) {
      log.event("discovery.found", { ...describe(seen), adopted: false });
    }
    for (const { from, to } of moved) {
      const before = keyOf(from.host, from.port, from.unitId);
      log.event("discovery.moved", { ...describe(to), from: before });
      remember(to, before);
      memory.forget(before);
    }
    parts.save(known);
    supervisor?.follow(roster()).catch(failure.reject);
  }

  /** What the look has read need not be read again; what a device that moved is called stays. */
  function remember({ at, layout }: SeenDevice, before?: string): void {
    const past = before === undefined ? undefined : memory.get(before);
    memory.set(keyOf(at.host, at.port, at.unitId), {
      deviceId: past?.deviceId ?? null,
      layout,
      learned: past?.learned ?? {},
    });
  }

  return {
    get roster() {
      return roster();
    },
    follow(nextConfigured, nextSettings) {
      configured = nextConfigured;
      settings = nextSettings;
      explorer.follow(toExplorerSettings(nextSettings));
      return roster();
    },
    run(polling, signal) {
      supervisor = polling;
      return Promise.race([explorer.run(signal), failure.promise]);
    },
  };
}

/** What a change of matters to looking: what becomes of the finds does not. */
function toExplorerSettings(
  settings: ExplorationSettings | null,
): ExplorerSettings | null {
  if (settings === null) return null;
  const { hosts, ports, unitIds, rescanMs } = settings;
  return { hosts, ports, unitIds, rescanMs };
}

function describe(
  { at, layout: { identity } }: SeenDevice,
): {
  readonly device: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
} {
  const { manufacturer, model, serial } = identity;
  return { device: keyOf(at.host, at.port, at.unitId), manufacturer, model, serial };
}
