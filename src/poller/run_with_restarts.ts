/**
 * Runs the actor of one device and restarts it if it throws, which is a bug. An actor
 * that throws too often is paused.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { type ActorDependencies, type ActorSignals, runActor } from "./actor.ts";
import type { Device } from "./device.ts";
import { waitIdle } from "./schedule/slot_timer.ts";

/** An actor that throws more often than this within {@linkcode RESTART_WINDOW_MS} is quarantined. */
export const RESTARTS_MAX = 5;

/** Period over which restarts are counted, in ms. */
export const RESTART_WINDOW_MS = 60_000;

/** Time before a restart. */
export const RESTART_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 10_000 };

/** How long a quarantined device is paused, in ms. */
export const QUARANTINE_MS = 600_000;

/** Runs a device's actor until `signals.leave` aborts, and restarts it if it throws. */
export async function runWithRestarts(
  device: Device,
  dependencies: ActorDependencies,
  signals: ActorSignals,
): Promise<void> {
  const { clock, random, log } = dependencies;
  const { leave } = signals;
  let restarts: number[] = [];
  while (!leave.aborted) {
    try {
      await runActor(device, dependencies, signals);
      return;
    } catch (thrown) {
      if (leave.aborted) return;
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      const nowMs = clock.monotonicMs();
      restarts = [...restarts.filter((at) => nowMs - at < RESTART_WINDOW_MS), nowMs];
      device.known = undefined; // the known layout may be the cause
      const quarantined = restarts.length > RESTARTS_MAX;
      const waitMs = quarantined
        ? QUARANTINE_MS
        : backoffMs(restarts.length, RESTART_BACKOFF, random);
      if (quarantined) {
        restarts = [];
        reportQuarantine(device, error, dependencies);
      } else {
        device.countRestart();
        log.event("device.restarted", { device: device.label, error });
      }
      await waitIdle(device, waitMs, clock, leave).catch(() => {}); // aborted
    }
  }
}

/** Quarantines the device also if the sink is what throws. */
function reportQuarantine(
  device: Device,
  error: string,
  { log }: ActorDependencies,
): void {
  try {
    device.setState("quarantined", error);
  } catch (thrown) {
    log.event("device.quarantined", { device: device.label, error: String(thrown) });
  }
}
