/**
 * Keeps one actor running for each entry of the roster. When the roster changes, only
 * the entries that differ are stopped and started; the others are not affected.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { sleepUntilTick } from "../base/ticks.ts";
import { waitAtMost } from "../base/wait_at_most.ts";
import { createIdRegistry } from "../device/id_registry.ts";
import type { ActorDependencies } from "./actor.ts";
import type { PollerDependencies } from "./dependencies.ts";
import { createDevice } from "./device.ts";
import type { DeviceReport } from "./device_report.ts";
import { ABANDON_GRACE_MS, type Member, retireMember, startMember } from "./member.ts";
import { createRemovedDevices } from "./roster/removed_devices.ts";
import type { RosterEntry } from "./roster/roster.ts";
import { compareRosters, type RosterChange } from "./roster/roster_change.ts";
import { stepBetween } from "./schedule/grid.ts";
import { readClocks } from "./schedule/slot_timer.ts";

/** Interval of the scheduler's own tick, in ms. */
export const SCHEDULER_TICK_MS = 1_000;

/** Default time that a stop waits for records to be appended, in ms. */
export const STOP_GRACE_MS = 3_000;

/** Polls the devices of a roster. */
export interface Supervisor {
  /** One report per entry of the roster, in its order, as of now. */
  readonly devices: readonly DeviceReport[];
  /** Monotonic time of the scheduler's last tick (about once per second); for the watchdog. */
  readonly lastMoveMs: number;
  /**
   * Switches to another roster. Entries that are equal in both continue unaffected.
   * Devices that were removed or changed may finish their current poll; a device that
   * returns, recognised by its id, keeps its counters and missed slots. Resolves once
   * the new entries are polled. Calls are carried out one after another.
   */
  update(roster: readonly RosterEntry[]): Promise<RosterChange>;
  /**
   * Stops all actors: current reads are abandoned, records that wait to be appended get
   * `graceMs`. Resolves within `graceMs` + {@linkcode ABANDON_GRACE_MS} + one tick;
   * idempotent.
   */
  stop(graceMs?: number): Promise<void>;
}

/** The actors of a roster. */
interface Members {
  readonly dependencies: ActorDependencies;
  /** By key, in the order of the roster. */
  byKey: Map<string, Member>;
  /** All members whose actor has not ended, also those that left the roster. */
  readonly running: Set<Member>;
}

/** Starts polling a roster. */
export function startSupervisor(
  roster: readonly RosterEntry[],
  dependencies: PollerDependencies,
): Supervisor {
  const { clock, log } = dependencies;
  const stop = new AbortController();
  const members: Members = {
    dependencies: {
      ...dependencies,
      ids: createIdRegistry(),
      removed: createRemovedDevices(),
    },
    byKey: new Map(),
    running: new Set(),
  };
  let updating: Promise<unknown> = Promise.resolve();
  let lastMoveMs = clock.monotonicMs();
  let stopped: Promise<void> | undefined;

  startEntries(members, roster);
  const ticking = runTicks(clock, log, stop.signal, () => {
    lastMoveMs = clock.monotonicMs();
    for (const { device } of members.byKey.values()) device.flushLog();
  }).catch(() => {}); // only ever the reason of the signal

  async function stopAll(graceMs: number): Promise<void> {
    stop.abort(new Error("the poller stops"));
    const last = [...members.running];
    const ended = Promise.all(last.map((member) => member.ended));
    for (const member of last) member.stop();
    await waitAtMost(clock, graceMs, ended);
    for (const member of last) member.abandon();
    await waitAtMost(clock, ABANDON_GRACE_MS, ended);
    await ticking;
  }

  return {
    get devices(): readonly DeviceReport[] {
      return [...members.byKey.values()].map(({ device }) => device.report());
    },
    get lastMoveMs() {
      return lastMoveMs;
    },
    update(next) {
      const change = updating.then(() => updateMembers(members, next, stop.signal));
      updating = change.catch(() => {});
      return change;
    },
    stop: (graceMs = STOP_GRACE_MS) => stopped ??= stopAll(graceMs),
  };
}

/** Calls `onTick` about once per second and logs steps of the wall clock, until `signal` aborts. */
async function runTicks(
  clock: Clock,
  log: Log,
  signal: AbortSignal,
  onTick: () => void,
): Promise<never> {
  for (let last = readClocks(clock);;) {
    await sleepUntilTick(clock, SCHEDULER_TICK_MS, signal);
    const now = readClocks(clock);
    const offsetMs = stepBetween(last, now);
    if (offsetMs !== 0) log.event("clock.stepped", { offsetMs: Math.round(offsetMs) });
    last = now;
    onTick();
  }
}

/** Makes `roster` the current one: keeps the members that run and starts the missing ones. */
function startEntries(
  members: Members,
  roster: readonly RosterEntry[],
  leaving: ReadonlySet<string> = new Set(),
): void {
  const { ids } = members.dependencies;
  for (const { key, deviceId } of roster) {
    if (deviceId !== null) ids.reserve(deviceId, key);
  }
  const before = members.byKey;
  members.byKey = new Map();
  for (const entry of roster) {
    const kept = leaving.has(entry.key) ? undefined : before.get(entry.key);
    members.byKey.set(entry.key, kept ?? startEntry(members, entry));
  }
}

function startEntry({ dependencies, running }: Members, entry: RosterEntry): Member {
  const device = createDevice(entry, dependencies);
  const id = entry.deviceId ?? dependencies.cache.get(entry.key)?.deviceId ?? undefined;
  const history = id === undefined ? undefined : dependencies.removed.take(id);
  if (history !== undefined) device.resume(history);
  const member = startMember(device, dependencies);
  running.add(member);
  member.ended.then(() => running.delete(member));
  return member;
}

async function updateMembers(
  members: Members,
  next: readonly RosterEntry[],
  signal: AbortSignal,
): Promise<RosterChange> {
  const { dependencies } = members;
  const current = [...members.byKey.values()];
  const change = compareRosters(current.map(({ device }) => device.entry), next);
  const leaving = new Set([...change.removed, ...change.changed]);
  // A configured id takes precedence over the same id that another unit has derived.
  for (const { key, deviceId } of next) {
    if (deviceId === null) continue;
    const owner = dependencies.ids.ownerOf(deviceId);
    if (owner !== undefined && owner !== key) leaving.add(owner);
  }
  await Promise.all(
    current.filter(({ device }) => leaving.has(device.entry.key))
      .map((member) => retireMember(member, dependencies)),
  );
  if (!signal.aborted) startEntries(members, next, leaving);
  return change;
}
