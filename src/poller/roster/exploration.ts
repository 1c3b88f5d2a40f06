/**
 * Adds the devices that scans of the network find to the roster of the configured
 * devices. A configured device takes precedence over a found one.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import type { Log } from "../../base/log.ts";
import type { DeviceCache } from "../../device/device_cache.ts";
import { type DiscoveredDevice, identityKey } from "../../device/duplicates.ts";
import { equalTexts } from "../../sunspec/chain_parts.ts";
import type { KnownDevice, KnownDeviceChanges } from "../../discovery/known_devices.ts";
import {
  createSubnetWatch,
  type PollOutcomeOf,
  type SubnetWatchDependencies,
  type SubnetWatchSettings,
} from "../../discovery/subnet_watch.ts";
import type { DeviceReport } from "../device_report.ts";
import type { Supervisor } from "../supervisor.ts";
import { type RosterEntry, toRoster, unitKey } from "./roster.ts";

/** Scan settings, and the use of the devices that are found. */
export interface ExplorationSettings extends SubnetWatchSettings {
  /** Whether found devices are polled, or only reported. */
  readonly adopt: boolean;
  /** Interval of found devices, in ms. */
  readonly intervalMs: number;
}

/** The interfaces that an exploration depends on. */
export interface ExplorationDependencies
  extends Pick<SubnetWatchDependencies, "pool" | "clock"> {
  readonly log: Log;
  readonly cache: DeviceCache;
  /** The devices that earlier runs have found. */
  readonly before: readonly KnownDevice[];
  /** Saves the found devices for the next start; must not wait or throw. */
  readonly save: (found: readonly KnownDevice[]) => void;
}

/** The supervisor, as far as an exploration uses it. */
export type ExplorationSupervisor = Pick<Supervisor, "devices" | "update">;

/** The roster of configured and found devices. */
export interface Exploration {
  /** The units to poll. */
  readonly roster: readonly RosterEntry[];
  /** Switches to other configured devices and settings; null = no scan. Returns the new roster. */
  update(
    configured: readonly RosterEntry[],
    settings: ExplorationSettings | null,
  ): readonly RosterEntry[];
  /** Scans and updates `supervisor` until `signal` aborts, then throws its reason. */
  run(supervisor: ExplorationSupervisor, signal: AbortSignal): Promise<never>;
}

/** Time limit of requests and connects to found devices, in ms. */
const FOUND_TIMEOUT_MS = 3_000;

/** Creates an exploration that knows the configured devices and those of earlier runs. */
export function createExploration(
  firstConfigured: readonly RosterEntry[],
  firstSettings: ExplorationSettings | null,
  dependencies: ExplorationDependencies,
): Exploration {
  const { log, pool, clock } = dependencies;
  let configured = firstConfigured;
  let settings = firstSettings;
  /** Undefined until the exploration runs: no device is polled before. */
  let supervisor: ExplorationSupervisor | undefined;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // reported by run()

  const reports = (): readonly DeviceReport[] => supervisor?.devices ?? [];

  const watch = createSubnetWatch(dependencies.before, toWatchSettings(settings), {
    pool,
    clock,
    excludedHosts: () => excludedHosts(configured, reports()),
    pollOutcomes: () => pollOutcomes(reports()),
    onChange(changes, known) {
      storeChanges(changes, polledOf(known), dependencies);
      dependencies.save(known);
      supervisor?.update(roster()).catch(failure.reject);
    },
    onScanned: ({ hosts, ms }) =>
      log.event("discovery.looked", {
        hosts,
        known: watch.known.length,
        seconds: Math.round(ms / 100) / 10,
      }),
  });

  /** The keys of the found devices that are polled. */
  function polledOf(known: readonly KnownDevice[]): ReadonlySet<string> {
    if (settings === null || !settings.adopt) return new Set();
    const adopted = adoptable(known, settings.hosts, configured, reports());
    return new Set(adopted.filter(isFirstOfAddress).map(({ at }) => keyOf(at)));
  }

  function roster(): readonly RosterEntry[] {
    if (settings === null || !settings.adopt) return configured;
    const { hosts, intervalMs } = settings;
    const adopted = adoptable(watch.known, hosts, configured, reports());
    return [
      ...configured,
      ...adopted.flatMap(({ at: { host, port, unitId } }) =>
        toRoster([{
          host,
          port,
          unitIds: [unitId],
          intervalMs,
          timeoutMs: FOUND_TIMEOUT_MS,
          connectTimeoutMs: FOUND_TIMEOUT_MS,
          addressInId: true,
        }]).entries
      ),
    ];
  }

  return {
    get roster() {
      return roster();
    },
    update(nextConfigured, nextSettings) {
      configured = nextConfigured;
      settings = nextSettings;
      watch.reconfigure(toWatchSettings(nextSettings));
      return roster();
    },
    run(polling, signal) {
      supervisor = polling;
      return Promise.race([watch.run(signal), failure.promise]);
    },
  };
}

/** The found devices within `hosts` that are not configured, neither by address nor by identity. */
function adoptable(
  known: readonly KnownDevice[],
  hosts: readonly string[],
  configured: readonly RosterEntry[],
  reports: readonly DeviceReport[],
): readonly KnownDevice[] {
  const inRange = new Set(hosts);
  const addresses = new Set(
    configured.map(({ host, port }) => formatAddress(host, port)),
  );
  const keys = new Set(configured.map(({ key }) => key));
  const identities = new Set(
    reports.flatMap(({ key, identity }) => {
      const found = identity === null ? undefined : identityKey(identity);
      return found === undefined || !keys.has(key) ? [] : [found];
    }),
  );
  return known.filter(({ at, identity }) =>
    inRange.has(at.host) && !addresses.has(formatAddress(at.host, at.port)) &&
    !identities.has(identityKey(identity) ?? "")
  );
}

/**
 * Whether no device before it has the same texts at the same address, or it has a unique
 * serial number: one device may answer at several unit ids, and is polled once.
 */
function isFirstOfAddress(
  { at, identity }: KnownDevice,
  nth: number,
  all: readonly KnownDevice[],
): boolean {
  return identityKey(identity) !== undefined ||
    all.findIndex((other) =>
        formatAddress(other.at.host, other.at.port) ===
          formatAddress(at.host, at.port) &&
        equalTexts(other.identity, identity)
      ) === nth;
}

function keyOf({ host, port, unitId }: KnownDevice["at"]): string {
  return unitKey(host, port, unitId);
}

/** The hosts that are not scanned: those of configured devices, and of devices that answer polls. */
function excludedHosts(
  configured: readonly RosterEntry[],
  reports: readonly DeviceReport[],
): ReadonlySet<string> {
  const hosts = new Set(configured.map(({ host }) => host.toLowerCase()));
  for (const { host, state } of reports) {
    if (state === "online" || state === "asleep") hosts.add(host.toLowerCase());
  }
  return hosts;
}

function pollOutcomes(reports: readonly DeviceReport[]): PollOutcomeOf {
  const states = new Map(reports.map(({ key, state }) => [key, state]));
  return ({ host, port, unitId }) => {
    const state = states.get(unitKey(host, port, unitId));
    if (state === "online" || state === "asleep") return "answers";
    return state === "offline" ? "silent" : undefined;
  };
}

/** Logs found and moved devices, and caches their layouts. */
function storeChanges(
  { added, moved, overflow }: KnownDeviceChanges,
  polled: ReadonlySet<string>,
  { log, cache }: ExplorationDependencies,
): void {
  for (const device of added) {
    const adopted = polled.has(keyOf(device.at));
    log.event("discovery.found", { ...describe(device), adopted });
    cacheLayout(device, cache);
  }
  for (const device of overflow) {
    log.event("discovery.found", { ...describe(device), adopted: false });
  }
  for (const { from, to } of moved) {
    const before = unitKey(from.host, from.port, from.unitId);
    log.event("discovery.moved", { ...describe(to), from: before });
    cacheLayout(to, cache, before);
    cache.delete(before);
  }
}

/** Caches the layout that a scan has read. A device that moved keeps its id and its quirks. */
function cacheLayout(
  { at, layout }: DiscoveredDevice,
  cache: DeviceCache,
  before?: string,
): void {
  const past = before === undefined ? undefined : cache.get(before);
  cache.set(unitKey(at.host, at.port, at.unitId), {
    deviceId: past?.deviceId ?? null,
    layout,
    learned: past?.learned ?? {},
  });
}

/** The settings of the scan itself: a change of the others does not restart it. */
function toWatchSettings(
  settings: ExplorationSettings | null,
): SubnetWatchSettings | null {
  if (settings === null) return null;
  const { hosts, ports, unitIds, rescanMs } = settings;
  return { hosts, ports, unitIds, rescanMs };
}

function describe(
  { at, layout: { identity } }: DiscoveredDevice,
): {
  readonly device: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
} {
  const { manufacturer, model, serial } = identity;
  return { device: unitKey(at.host, at.port, at.unitId), manufacturer, model, serial };
}
