/**
 * Keeps one actor running for each entry of the roster, and follows the roster
 * when it changes: only the entries that differ are stopped and started. The
 * others notice nothing, whatever happens to one.
 *
 * @module
 */

import { waitAtMost } from "../base/wait_at_most.ts";
import type { ActorParts } from "./actor.ts";
import { createDeparted } from "./roster/removed_devices.ts";
import { createDevice, type Device } from "./device.ts";
import { createClaims } from "../device/device_id.ts";
import { stepBetween } from "./schedule/grid.ts";
import { passTime, readClocks } from "./schedule/slot_timer.ts";
import type { PollerParts } from "./parts.ts";
import type { DeviceReport, Supervisor } from "./device_report.ts";
import type { RosterEntry } from "./roster/roster.ts";
import { compareRosters, type RosterChange } from "./roster/roster_change.ts";
import { supervise } from "./actor_restart.ts";

/** How often the scheduler gives a sign of life. */
export const HEARTBEAT_MS = 1_000;

/** How long a stop waits for records that wait for room, unless told otherwise. */
export const STOP_GRACE_MS = 3_000;

/** How long a stop waits for actors that were told to abandon everything. */
export const STOP_SETTLE_MS = 1_000;

/** How long a device that leaves the roster may finish the poll that is under way. */
export const LEAVE_GRACE_MS = 3_000;

/** A device with its actor. */
interface Member {
  readonly device: Device;
  /** Settles once the actor has ended. */
  readonly ended: Promise<void>;
  /** Ends the actor, the more hastily the further down. */
  leave(): void;
  stop(): void;
  abandon(): void;
}

/** Starts polling a roster. */
export function startSupervisor(
  roster: readonly RosterEntry[],
  parts: PollerParts,
): Supervisor {
  const { clock, log } = parts;
  const stop = new AbortController();
  const claims = createClaims();
  const departed = createDeparted();
  const actorParts: ActorParts = { ...parts, claims, departed };
  /** In the order of the roster. */
  let members = new Map<string, Member>();
  /** Those that leave are here too, until they have ended. */
  const running = new Set<Member>();
  let changing: Promise<unknown> = Promise.resolve();
  let lastMoveMs = clock.monotonicMs();
  let latenessMaxMs = 0;

  function start(entry: RosterEntry): Member {
    const device = createDevice(entry, parts);
    const id = entry.deviceId ?? parts.memory.get(entry.key)?.deviceId ?? undefined;
    const past = id === undefined ? undefined : departed.take(id);
    if (past !== undefined) device.resume(past);
    const member = startMember(device, actorParts);
    running.add(member);
    member.ended.then(() => running.delete(member));
    return member;
  }

  /** Resolves once the device's actor has ended and its id is free. */
  async function retire(member: Member): Promise<void> {
    const { device } = member;
    const { key } = device.entry;
    member.leave();
    await waitAtMost(clock, LEAVE_GRACE_MS, member.ended);
    member.stop();
    await waitAtMost(clock, LEAVE_GRACE_MS, member.ended);
    member.abandon();
    await waitAtMost(clock, STOP_SETTLE_MS, member.ended);
    passTime(device, clock); // a slot that was under way is missed
    const id = device.deviceId ?? parts.memory.get(key)?.deviceId ?? null;
    if (id !== null) departed.keep(id, device.past());
    claims.release(key);
  }

  async function follow(next: readonly RosterEntry[]): Promise<RosterChange> {
    const before = [...members.values()].map(({ device }) => device.entry);
    const change = compareRosters(before, next);
    const leaving = new Set([...change.removed, ...change.changed]);
    // An id that is now configured is no longer anyone else's who derived it.
    for (const { key, deviceId } of next) {
      if (deviceId === null) continue;
      const owner = claims.ownerOf(deviceId);
      if (owner !== undefined && owner !== key) leaving.add(owner);
    }
    await Promise.all(
      [...members.values()].filter(({ device }) => leaving.has(device.entry.key)).map(
        retire,
      ),
    );
    if (stop.signal.aborted) return change;
    const stay = members;
    for (const { key, deviceId } of next) {
      if (deviceId !== null) claims.reserve(deviceId, key);
    }
    members = new Map();
    for (const entry of next) {
      const member = leaving.has(entry.key) ? undefined : stay.get(entry.key);
      members.set(entry.key, member ?? start(entry));
    }
    return change;
  }

  async function beat(): Promise<void> {
    for (let seen = readClocks(clock);;) {
      await clock.sleep(HEARTBEAT_MS, stop.signal);
      const now = readClocks(clock);
      const lateMs = now.monotonicMs - seen.monotonicMs - HEARTBEAT_MS;
      latenessMaxMs = Math.max(latenessMaxMs, lateMs);
      lastMoveMs = now.monotonicMs;
      const offsetMs = stepBetween(seen, now);
      if (offsetMs !== 0) {
        log.event("clock.stepped", { offsetMs: Math.round(offsetMs) });
      }
      seen = now;
      for (const { device } of members.values()) device.beat();
    }
  }

  for (const { key, deviceId } of roster) {
    if (deviceId !== null) claims.reserve(deviceId, key);
  }
  for (const entry of roster) members.set(entry.key, start(entry));
  const beating = beat().catch(() => {}); // only ever the stop's reason
  let stopped: Promise<void> | undefined;

  async function stopAll(graceMs: number): Promise<void> {
    stop.abort(new Error("the poller stops"));
    const last = [...running];
    const ended = Promise.all(last.map((member) => member.ended));
    for (const member of last) member.stop();
    await waitAtMost(clock, graceMs, ended);
    for (const member of last) member.abandon();
    await waitAtMost(clock, STOP_SETTLE_MS, ended);
    await beating;
  }

  return {
    get devices(): readonly DeviceReport[] {
      return [...members.values()].map(({ device }) => device.report());
    },
    get lastMoveMs() {
      return lastMoveMs;
    },
    get latenessMaxMs() {
      return latenessMaxMs;
    },
    follow(next) {
      const change = changing.then(() => follow(next));
      changing = change.catch(() => {});
      return change;
    },
    stop: (graceMs = STOP_GRACE_MS) => stopped ??= stopAll(graceMs),
  };
}

/**
 * Starts a device's actor, with signals of its own: whatever waits listens, and
 * one signal for all devices would search all their listeners each time one of
 * them wakes.
 */
function startMember(device: Device, parts: ActorParts): Member {
  const leave = new AbortController();
  const stop = new AbortController();
  const abandon = new AbortController();
  const reason = new Error("the device is polled no more");
  const signals = { leave: leave.signal, stop: stop.signal, abandon: abandon.signal };
  return {
    device,
    ended: supervise(device, parts, signals),
    leave: () => leave.abort(reason),
    stop(): void {
      leave.abort(reason);
      stop.abort(reason);
    },
    abandon: () => abandon.abort(reason),
  };
}
