/**
 * Runs one device's actor, again and again: a throw is a bug, and starts it
 * anew; one that throws too often is left alone for a while.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { type ActorParts, type ActorSignals, runActor } from "./actor.ts";
import type { Device } from "./device.ts";
import { idle } from "./schedule/slot_timer.ts";

/** An actor that throws more often than this within {@linkcode RESTART_WINDOW_MS} is quarantined. */
export const RESTARTS_MAX = 5;

/** The time that restarts are counted in. */
export const RESTART_WINDOW_MS = 60_000;

/** The wait before a restart. */
export const RESTART_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 10_000 };

/** How long a quarantined device is left alone before it is tried again. */
export const QUARANTINE_MS = 600_000;

/** Runs a device's actor, and runs it again when it throws, until it is to leave. */
export async function supervise(
  device: Device,
  parts: ActorParts,
  signals: ActorSignals,
): Promise<void> {
  const { clock, chance, log } = parts;
  const { leave } = signals;
  let restarts: number[] = [];
  while (!leave.aborted) {
    try {
      await runActor(device, parts, signals);
      return;
    } catch (thrown) {
      if (leave.aborted) return;
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
      await idle(device, waitMs, clock, leave).catch(() => {}); // the signal's reason
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
