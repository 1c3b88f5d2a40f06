/**
 * Performs the effects of a device's state machine, one task at a time, and feeds the
 * outcomes back until it is stopped. An exception is a bug: the supervisor restarts
 * the actor.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { hasOnlyCommonModel } from "./commissioning/commissioning.ts";
import type { Device } from "./device.ts";
import {
  INITIAL_STATE,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
  transition,
} from "./machine.ts";
import { setPollInterval, skipElapsed, waitIdle } from "./schedule/slot_timer.ts";
import {
  type ActorDependencies,
  type ActorScope,
  type ActorSignals,
  changeNow,
  closeLink,
  connectionOptions,
  handleOf,
  isAlias,
} from "./tasks/actor_scope.ts";
import { discover } from "./tasks/discover_task.ts";
import { openLink, probeUnit } from "./tasks/link_tasks.ts";
import { poll } from "./tasks/poll_task.ts";

export type { ActorDependencies, ActorSignals } from "./tasks/actor_scope.ts";
export { REDISCOVERY_INTERVAL_MS } from "./tasks/poll_task.ts";

/** Time before a failed device is tried again. */
export const DEVICE_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 60_000 };

/**
 * Time before a unit id is tried again at which the device of another unit answers, in
 * ms: a device may have been added there.
 */
export const ALIAS_RETRY_MS = 600_000;

type Task = Exclude<MachineEffect, { kind: "close" }>;

/**
 * Runs a device until `leave` aborts. It always releases its connection.
 *
 * @throws only if there is a bug.
 */
export async function runActor(
  device: Device,
  dependencies: ActorDependencies,
  signals: ActorSignals,
): Promise<void> {
  const scope: ActorScope = {
    ...{ device, dependencies, signals, handles: new Map() },
    change: undefined,
  };
  const { leave } = signals;
  let state: MachineState = INITIAL_STATE;
  let event: MachineEvent = { kind: "start" };
  try {
    for (;;) {
      const next = transition(state, event);
      state = next.state;
      report(scope, event, state);
      const task = closeLinks(scope, next.effects);
      if (task === undefined) return;
      leave.throwIfAborted();
      event = await perform(scope, task);
      if (task.kind !== "poll") skipElapsed(device, dependencies.clock);
    }
  } catch (error) {
    if (!leave.aborted) throw error;
    closeLinks(scope, transition(state, { kind: "stop" }).effects);
  } finally {
    for (const link of [...scope.handles.keys()]) closeLink(scope, link);
  }
}

/** Closes the links of the effects. Returns the task among them. */
function closeLinks(
  scope: ActorScope,
  effects: readonly MachineEffect[],
): Task | undefined {
  let task: Task | undefined;
  for (const effect of effects) {
    if (effect.kind === "close") closeLink(scope, effect.link);
    else task = effect;
  }
  return task;
}

async function perform(scope: ActorScope, task: Task): Promise<MachineEvent> {
  const { device, dependencies: { clock, random }, signals: { leave } } = scope;
  const { link, turn } = task;
  switch (task.kind) {
    case "open":
      return { link, turn, ...await openLink(scope, link) };
    case "probe":
      return { link, turn, ...await probeUnit(scope, handleOf(scope, link).session) };
    case "discover": {
      const handle = handleOf(scope, link);
      const outcome = await discover(scope, handle.session);
      handle.configure(connectionOptions(device)); // the identity selects the quirks
      return { link, turn, ...outcome };
    }
    case "poll":
      return { link, turn, ...await poll(scope, handleOf(scope, link)) };
    case "wait": {
      const waitMs = isAlias(device)
        ? ALIAS_RETRY_MS
        : backoffMs(task.attempt, DEVICE_BACKOFF, random);
      await waitIdle(device, waitMs, clock, leave);
      return { link, turn, kind: "elapsed" };
    }
  }
}

/** Logs and reports an event and the state that it led to. */
function report(scope: ActorScope, event: MachineEvent, state: MachineState): void {
  const { device, dependencies: { clock } } = scope;
  const night = device.sleepDetector.explainsSilence(clock.monotonicMs());
  // An alias is logged as device.duplicate.
  if ("reason" in event) device.countFailure(event.reason, night || isAlias(device));
  if (event.kind === "changed") {
    scope.change = changeNow(scope, event.reason);
  } else if (event.kind === "found" || event.kind === "failed") {
    // At night some inverters show fewer models, which is no change to report.
    const expected = night && event.kind === "found" &&
      hasOnlyCommonModel(device.known?.models ?? []);
    const { change } = scope;
    if (change !== undefined && !expected) device.reportEvent("device.changed", change);
    scope.change = undefined;
  }
  if (state.kind !== "backoff") return;
  device.setState(night ? "asleep" : "offline", state.reason);
  // The first response in the morning does not wait for a slot of the sleep interval.
  setPollInterval(device, clock, "online");
}
