/**
 * Scans subnets repeatedly while the agent runs: the hosts of known devices first,
 * and no host on which a device answers its polls.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { linkSignals } from "../base/linked_signal.ts";
import type { SessionPool } from "../modbus/reader.ts";
import {
  type KnownDevice,
  type KnownDeviceChanges,
  mergeScan,
} from "./known_devices.ts";
import type { DiscoveredDevice, UnitAddress } from "../device/duplicates.ts";
import { SCAN_DEFAULTS, type ScanHost, type ScanOptions } from "./scan_options.ts";
import { scanHosts } from "./scanner.ts";

/** Addresses to scan, and the interval. */
export interface SubnetWatchSettings {
  /** IPv4 addresses. */
  readonly hosts: readonly string[];
  /** Ports of each host, in the order to try them. */
  readonly ports: readonly number[];
  readonly unitIds: readonly number[];
  /** Time from the end of a scan to the start of the next, in ms. */
  readonly rescanMs: number;
}

/** Dependencies of a subnet watch. */
export interface SubnetWatchDependencies {
  readonly pool: SessionPool;
  readonly clock: Clock;
  /** Hosts to skip, in lower case: a device answers there, or they are configured. */
  readonly excludedHosts: () => ReadonlySet<string>;
  /** Returns a lookup of the current poll outcomes. */
  readonly pollOutcomes: () => PollOutcomeOf;
  /** Called with the changes and all known devices. Must not throw. */
  readonly onChange: (
    changes: KnownDeviceChanges,
    known: readonly KnownDevice[],
  ) => void;
  /** Called after each completed scan. */
  readonly onScanned: (scan: { readonly hosts: number; readonly ms: number }) => void;
}

/** The poll outcome of the device at an address; undefined = not polled, or not yet. */
export type PollOutcomeOf = (address: UnitAddress) => "answers" | "silent" | undefined;

/** Scans according to settings that may change. */
export interface SubnetWatch {
  /** All devices found so far, including those that disappeared. */
  readonly known: readonly KnownDevice[];
  /** Applies new settings; null = stop scanning. */
  reconfigure(settings: SubnetWatchSettings | null): void;
  /** Scans until `signal` aborts, then throws its reason. */
  run(signal: AbortSignal): Promise<never>;
}

/**
 * Limits of a scan while the plant is polled: a /24 network in at most 10 s, with few
 * concurrent connections.
 */
const BACKGROUND_SCAN_OPTIONS: Omit<ScanOptions, "unitIds"> = {
  ...SCAN_DEFAULTS,
  connectsMax: 32,
  openAddressesMax: 8,
  connectsPerSecond: 60,
};

/** Delay before the first scan if devices are known, so that they are polled first, in ms. */
export const FIRST_SCAN_DELAY_MS = 5_000;

/** Time until the next scan while a device is missing, in ms; doubled after each scan. */
export const MISSING_RESCAN_MS = 60_000;

/** Interval of the check for missing devices, in ms. */
const MISSING_CHECK_MS = 5_000;

/** A watch under way. */
interface WatchState {
  readonly dependencies: SubnetWatchDependencies;
  known: readonly KnownDevice[];
  settings: SubnetWatchSettings | null;
  /** Aborts the current scan or wait when the settings change. */
  changed: AbortController;
}

/** Creates a watch that starts with the devices found before. */
export function createSubnetWatch(
  before: readonly KnownDevice[],
  initial: SubnetWatchSettings | null,
  dependencies: SubnetWatchDependencies,
): SubnetWatch {
  const changed = new AbortController();
  const state: WatchState = { dependencies, known: before, settings: initial, changed };
  return {
    get known() {
      return state.known;
    },
    reconfigure(next) {
      if (JSON.stringify(next) === JSON.stringify(state.settings)) return;
      state.settings = next;
      state.changed.abort(new Error("settings changed"));
    },
    run: (signal) => runWatch(state, signal),
  };
}

async function runWatch(state: WatchState, signal: AbortSignal): Promise<never> {
  const { clock } = state.dependencies;
  for (;;) {
    state.changed = new AbortController();
    const { settings, changed } = state;
    using either = linkSignals([signal, changed.signal]);
    try {
      if (settings !== null) await scanRepeatedly(state, settings, either.signal);
      else await clock.sleep(Number.MAX_SAFE_INTEGER, either.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!changed.signal.aborted) throw error;
    }
  }
}

async function scanRepeatedly(
  state: WatchState,
  settings: SubnetWatchSettings,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = state.dependencies;
  if (state.known.length > 0) await clock.sleep(FIRST_SCAN_DELAY_MS, signal);
  for (let missingMs = MISSING_RESCAN_MS;;) {
    await scanOnce(state, settings, signal);
    await waitForNext(state, settings, missingMs, signal);
    missingMs = isAnyMissing(state)
      ? Math.min(2 * missingMs, settings.rescanMs)
      : MISSING_RESCAN_MS;
  }
}

async function scanOnce(
  state: WatchState,
  settings: SubnetWatchSettings,
  signal: AbortSignal,
): Promise<void> {
  const { pool, clock, excludedHosts, onScanned } = state.dependencies;
  const startMs = clock.monotonicMs();
  const hosts = hostsToScan(settings, state.known, excludedHosts());
  const options = { ...BACKGROUND_SCAN_OPTIONS, unitIds: settings.unitIds };
  const report = await scanHosts(hosts, options, {
    pool,
    clock,
    onAddress: ({ devices }) => mergeFound(state, devices, false),
  }, signal);
  if (!report.complete) return;
  mergeFound(state, report.devices, true);
  onScanned({ hosts: hosts.length, ms: clock.monotonicMs() - startMs });
}

function mergeFound(
  state: WatchState,
  found: readonly DiscoveredDevice[],
  complete: boolean,
): void {
  if (found.length === 0) return;
  const { pollOutcomes, onChange } = state.dependencies;
  const outcomeOf = pollOutcomes();
  const isResponding = (at: UnitAddress): boolean => outcomeOf(at) === "answers";
  const { known, changes } = mergeScan(state.known, found, { complete, isResponding });
  state.known = known;
  const { added, moved, overflow } = changes;
  if (added.length + moved.length + overflow.length > 0) onChange(changes, known);
}

/** Waits for the next scan, which is due earlier while a device is missing. */
async function waitForNext(
  state: WatchState,
  { rescanMs }: SubnetWatchSettings,
  missingMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = state.dependencies;
  const startMs = clock.monotonicMs();
  for (;;) {
    const waitMs = isAnyMissing(state) ? Math.min(missingMs, rescanMs) : rescanMs;
    const remainingMs = startMs + waitMs - clock.monotonicMs();
    if (remainingMs <= 0) return;
    await clock.sleep(Math.min(remainingMs, MISSING_CHECK_MS), signal);
  }
}

function isAnyMissing({ known, dependencies }: WatchState): boolean {
  const outcomeOf = dependencies.pollOutcomes();
  return known.some(({ at }) => outcomeOf(at) === "silent");
}

/** The hosts to scan: those of known devices first. */
function hostsToScan(
  { hosts, ports }: SubnetWatchSettings,
  known: readonly KnownDevice[],
  excluded: ReadonlySet<string>,
): ScanHost[] {
  const knownHosts = new Set(known.map(({ at }) => at.host));
  const free = hosts.filter((host) => !excluded.has(host));
  return [
    ...free.filter((host) => knownHosts.has(host)),
    ...free.filter((host) => !knownHosts.has(host)),
  ].map((host) => ({ host, ports }));
}
