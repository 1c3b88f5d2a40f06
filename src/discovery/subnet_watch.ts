/**
 * Looks for devices while the agent runs: again and again, the addresses of
 * known ones first, and none at which a device answers already.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { SessionPool } from "../modbus/reader.ts";
import { type FoundDevice, type FoundNews, takeIn } from "./found_devices.ts";
import type { SeenDevice, Sighting } from "../device/duplicates.ts";
import { scan, SCAN_DEFAULTS, type ScanHost, type ScanOptions } from "./scanner.ts";

/** How to look. */
export interface ExplorerSettings {
  /** IPv4 addresses. */
  readonly hosts: readonly string[];
  /** Ports of each, in this order. */
  readonly ports: readonly number[];
  readonly unitIds: readonly number[];
  /** From the end of a look to the next, in ms. */
  readonly rescanMs: number;
}

/** What an explorer stands on. */
export interface ExplorerParts {
  readonly pool: SessionPool;
  readonly clock: Clock;
  /** Hosts that are left alone: a device there answers, or is configured. In lower case. */
  readonly heldHosts: () => ReadonlySet<string>;
  /** How the devices stand now that are polled, by their place. */
  readonly standing: () => Standing;
  /** Told of what was found; `known` is all of it. It must not throw. */
  readonly onNews: (news: FoundNews, known: readonly FoundDevice[]) => void;
  /** Told after each look. */
  readonly onLooked: (look: { readonly hosts: number; readonly ms: number }) => void;
}

/** How the device at a place stands; undefined = none is polled there, or it was not asked yet. */
export type Standing = (place: Sighting) => "answers" | "silent" | undefined;

/** Looks by settings that may change. */
export interface Explorer {
  /** Every device that was found, also those that vanished. */
  readonly known: readonly FoundDevice[];
  /** Looks by other settings from now on; null = not at all. */
  follow(settings: ExplorerSettings | null): void;
  /** Looks until `signal` aborts, then throws its reason. */
  run(signal: AbortSignal): Promise<never>;
}

/**
 * A look beside a plant's polls: a /24 in 10 s at most, and no more than a
 * few connections at a time.
 */
export const LOOK_OPTIONS: Omit<ScanOptions, "unitIds"> = {
  ...SCAN_DEFAULTS,
  connectsMax: 32,
  asksMax: 8,
  connectsPerSecond: 60,
};

/** Known devices are polled for so long before the first look, in ms. */
export const FIRST_LOOK_MS = 5_000;

/** A device that is missing is looked for after this, and then after twice as long each time. */
export const MISSING_FIRST_MS = 60_000;

/** Whether one is missing is looked at so often, in ms. */
const NAP_MS = 5_000;

/** Makes an explorer that knows what was found before. */
export function createExplorer(
  before: readonly FoundDevice[],
  first: ExplorerSettings | null,
  parts: ExplorerParts,
): Explorer {
  const { clock } = parts;
  let known = before;
  let settings = first;
  let changed = new AbortController();

  function take(seen: readonly SeenDevice[], over: boolean): void {
    if (seen.length === 0) return;
    const standing = parts.standing();
    const answers = (place: Sighting): boolean => standing(place) === "answers";
    const taken = takeIn(known, seen, { over, answers });
    known = taken.known;
    const { added, moved, left } = taken.news;
    if (added.length + moved.length + left.length > 0) parts.onNews(taken.news, known);
  }

  async function look(by: ExplorerSettings, signal: AbortSignal): Promise<void> {
    const beganMs = clock.monotonicMs();
    const hosts = hostsOf(by, known, parts.heldHosts());
    const options = { ...LOOK_OPTIONS, unitIds: by.unitIds };
    const { pool } = parts;
    const report = await scan(hosts, options, {
      pool,
      clock,
      onAddress: ({ devices }) => take(devices, false),
    }, signal);
    if (!report.complete) return;
    take(report.devices, true);
    parts.onLooked({ hosts: hosts.length, ms: clock.monotonicMs() - beganMs });
  }

  /** Waits for the next look: sooner, while a device is missing. */
  async function rest(
    { rescanMs }: ExplorerSettings,
    missingMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const beganMs = clock.monotonicMs();
    for (;;) {
      const waitMs = isAnyMissing() ? Math.min(missingMs, rescanMs) : rescanMs;
      const dueMs = beganMs + waitMs;
      const leftMs = dueMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await clock.sleep(Math.min(leftMs, NAP_MS), signal);
    }
  }

  async function lookOn(by: ExplorerSettings, signal: AbortSignal): Promise<void> {
    if (known.length > 0) await clock.sleep(FIRST_LOOK_MS, signal);
    for (let missingMs = MISSING_FIRST_MS;;) {
      await look(by, signal);
      await rest(by, missingMs, signal);
      missingMs = isAnyMissing()
        ? Math.min(2 * missingMs, by.rescanMs)
        : MISSING_FIRST_MS;
    }
  }

  function isAnyMissing(): boolean {
    const standing = parts.standing();
    return known.some(({ at }) => standing(at) === "silent");
  }

  return {
    get known() {
      return known;
    },
    follow(next) {
      if (JSON.stringify(next) === JSON.stringify(settings)) return;
      settings = next;
      changed.abort(new Error("other settings"));
    },
    async run(signal) {
      for (;;) {
        changed = new AbortController();
        const either = AbortSignal.any([signal, changed.signal]);
        try {
          if (settings !== null) await lookOn(settings, either);
          else await clock.sleep(Number.MAX_SAFE_INTEGER, either);
        } catch (error) {
          signal.throwIfAborted();
          if (!changed.signal.aborted) throw error;
        }
      }
    },
  };
}

/** Whom to look at: the hosts of known devices first. */
function hostsOf(
  { hosts, ports }: ExplorerSettings,
  known: readonly FoundDevice[],
  held: ReadonlySet<string>,
): ScanHost[] {
  const familiar = new Set(known.map(({ at }) => at.host));
  const free = hosts.filter((host) => !held.has(host));
  return [
    ...free.filter((host) => familiar.has(host)),
    ...free.filter((host) => !familiar.has(host)),
  ].map((host) => ({ host, ports }));
}
