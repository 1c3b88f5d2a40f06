/**
 * Keeps one actor running for each entry of the roster. A throw in one starts
 * that one again; one that throws too often is left alone for a while. The
 * others notice nothing.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { within } from "../base/within.ts";
import { type ActorParts, type ActorSignals, runActor } from "./actor.ts";
import { createDevice, type Device } from "./device.ts";
import { createClaims } from "./device_id.ts";
import { stepBetween } from "./grid.ts";
import { idle, readClocks } from "./pace.ts";
import type { PollerParts } from "./parts.ts";
import type { DeviceReport, Supervisor } from "./report.ts";
import type { RosterEntry } from "./roster.ts";

/** An actor that throws more often than this within {@linkcode RESTART_WINDOW_MS} is quarantined. */
export const RESTARTS_MAX = 5;

/** The time that restarts are counted in. */
export const RESTART_WINDOW_MS = 60_000;

/** The wait before a restart. */
export const RESTART_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 10_000 };

/** How long a quarantined device is left alone before it is tried again. */
export const QUARANTINE_MS = 600_000;

/** How often the scheduler gives a sign of life. */
export const HEARTBEAT_MS = 1_000;

/** How long a stop waits for records that wait for room, unless told otherwise. */
export const STOP_GRACE_MS = 3_000;

/** How long a stop waits for actors that were told to abandon everything. */
export const STOP_SETTLE_MS = 1_000;

/** Starts polling a roster. */
export function startSupervisor(
  roster: readonly RosterEntry[],
  parts: PollerParts,
): Supervisor {
  const { clock, log } = parts;
  const stop = new AbortController();
  const abandon = new AbortController();
  const signals: ActorSignals = { stop: stop.signal, abandon: abandon.signal };
  const claims = createClaims(
    roster.flatMap(({ deviceId, key }) => deviceId === null ? [] : [[deviceId, key]]),
  );
  const devices = roster.map((entry) => createDevice(entry, parts));
  const actorParts: ActorParts = { ...parts, claims };
  let lastMoveMs = clock.monotonicMs();
  let latenessMaxMs = 0;

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
      for (const device of devices) device.beat();
    }
  }

  const beating = beat().catch(() => {}); // only ever the stop's reason
  const running = Promise.all(
    devices.map((device) => supervise(device, actorParts, ownSignals(signals))),
  );
  let stopped: Promise<void> | undefined;

  async function stopAll(graceMs: number): Promise<void> {
    stop.abort(new Error("the poller stops"));
    await within(clock, graceMs, running);
    abandon.abort(new Error("the poller stops"));
    await within(clock, STOP_SETTLE_MS, running);
    await beating;
  }

  return {
    get devices(): readonly DeviceReport[] {
      return devices.map((device) => device.report());
    },
    get lastMoveMs() {
      return lastMoveMs;
    },
    get latenessMaxMs() {
      return latenessMaxMs;
    },
    stop: (graceMs = STOP_GRACE_MS) => stopped ??= stopAll(graceMs),
  };
}

/**
 * Signals of a device's own: whatever waits listens, and one signal for all
 * devices would search all their listeners each time one of them wakes.
 */
function ownSignals(all: ActorSignals): ActorSignals {
  const follow = (signal: AbortSignal): AbortSignal => {
    const own = new AbortController();
    signal.addEventListener("abort", () => own.abort(signal.reason), { once: true });
    return own.signal;
  };
  return { stop: follow(all.stop), abandon: follow(all.abandon) };
}

/** Runs a device's actor, and runs it again when it throws, until it is stopped. */
async function supervise(
  device: Device,
  parts: ActorParts,
  signals: ActorSignals,
): Promise<void> {
  const { clock, chance, log } = parts;
  let restarts: number[] = [];
  while (!signals.stop.aborted) {
    try {
      await runActor(device, parts, signals);
      return;
    } catch (thrown) {
      if (signals.stop.aborted) return;
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      const nowMs = clock.monotonicMs();
      restarts = [...restarts.filter((at) => nowMs - at < RESTART_WINDOW_MS), nowMs];
      device.known = undefined; // what the actor believed may be why it threw
      const quarantined = restarts.length > RESTARTS_MAX;
      const waitMs = quarantined
        ? QUARANTINE_MS
        : backoffMs(restarts.length, RESTART_BACKOFF, chance);
      if (quarantined) {
        restarts = [];
        tellQuarantine(device, error, parts);
      } else {
        device.restarted();
        log.event("device.restarted", { device: device.label, error });
      }
      await idle(device, waitMs, clock, signals.stop).catch(() => {}); // the stop's reason
    }
  }
}

/** The sink may be what throws: the device is quarantined all the same. */
function tellQuarantine(device: Device, error: string, { log }: ActorParts): void {
  try {
    device.tell("quarantined", error);
  } catch (thrown) {
    log.event("device.quarantined", { device: device.label, error: String(thrown) });
  }
}
