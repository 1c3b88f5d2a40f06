/**
 * A device of the roster with its running actor.
 *
 * @module
 */

import { waitAtMost } from "../base/wait_at_most.ts";
import type { ActorDependencies } from "./actor.ts";
import type { Device } from "./device.ts";
import { runWithRestarts } from "./run_with_restarts.ts";
import { skipElapsed } from "./schedule/slot_timer.ts";

/** How long a device that leaves the roster may finish its current poll, in ms. */
export const LEAVE_GRACE_MS = 3_000;

/** How long to wait for actors that must abandon everything, in ms. */
export const ABANDON_GRACE_MS = 1_000;

/** A device with its actor. */
export interface Member {
  readonly device: Device;
  /** Settles once the actor has ended. */
  readonly ended: Promise<void>;
  /** Ends the actor after its current task. */
  leave(): void;
  /** Ends the actor and abandons its current task, but not records that wait to be appended. */
  stop(): void;
  /** Abandons these records too. */
  abandon(): void;
}

/**
 * Starts a device's actor, with its own abort signals: on a signal for all devices,
 * each wake-up would search the listeners of all of them.
 */
export function startMember(device: Device, dependencies: ActorDependencies): Member {
  const leave = new AbortController();
  const stop = new AbortController();
  const abandon = new AbortController();
  const reason = new Error("the device is no longer polled");
  const signals = { leave: leave.signal, stop: stop.signal, abandon: abandon.signal };
  return {
    device,
    ended: runWithRestarts(device, dependencies, signals),
    leave: () => leave.abort(reason),
    stop(): void {
      leave.abort(reason);
      stop.abort(reason);
    },
    abandon: () => abandon.abort(reason),
  };
}

/**
 * Ends a device's actor, keeps the device's history and releases its id. Resolves
 * within 2 * {@linkcode LEAVE_GRACE_MS} + {@linkcode ABANDON_GRACE_MS}.
 */
export async function retireMember(
  member: Member,
  { clock, cache, removed, ids }: ActorDependencies,
): Promise<void> {
  const { device } = member;
  const { key } = device.entry;
  member.leave();
  await waitAtMost(clock, LEAVE_GRACE_MS, member.ended);
  member.stop();
  await waitAtMost(clock, LEAVE_GRACE_MS, member.ended);
  member.abandon();
  await waitAtMost(clock, ABANDON_GRACE_MS, member.ended);
  skipElapsed(device, clock); // a slot that was under way is missed
  const id = device.deviceId ?? cache.get(key)?.deviceId ?? null;
  if (id !== null) removed.add(id, device.history());
  ids.release(key);
}
