/**
 * Performs the effects of a device's state machine, one task at a time, and feeds the
 * outcomes back until it is stopped. An exception is a bug: the supervisor restarts
 * the actor.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import { shareAddress } from "../device/id_registry.ts";
import type { DeviceLayout } from "../device/layout.ts";
import { effectiveQuirks, type Quirks } from "../device/quirks.ts";
import {
  describeDiscoveryFault,
  type DiscoveryFault,
  STANDARD_BASES,
} from "../discovery/probe.ts";
import { REGISTERS_PER_READ_MAX } from "../base/network/modbus_protocol.ts";
import type {
  ConnectionOptions,
  ModbusSession,
  SessionHandle,
} from "../modbus/reader.ts";
import type { LogEvents } from "../base/log.ts";
import { compatibleTexts } from "../sunspec/chain_parts.ts";
import { COMMON_MODEL_ID } from "../sunspec/spec.ts";
import { checkChain, isCheckDue } from "./commissioning/chain_check.ts";
import { learnPauses, loadCached, saveCached } from "./commissioning/cached_device.ts";
import {
  commission,
  type CommissioningDependencies,
  hasOnlyCommonModel,
} from "./commissioning/commissioning.ts";
import { noteInstances, updateParts } from "./commissioning/part_cache.ts";
import { probeLiveness } from "./commissioning/liveness_probe.ts";
import type { Discover, PollerDependencies } from "./dependencies.ts";
import type { Device } from "./device.ts";
import {
  INITIAL_STATE,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
  transition,
} from "./machine.ts";
import { pollDevice, type PollResult } from "./poll.ts";
import { discoveryFailureKind } from "./poll_meter.ts";
import { SMALL_READ_COUNT } from "./read_registers.ts";
import type { Sample, SampleOutcome } from "./sample.ts";
import {
  awaitSlot,
  endSlot,
  setPollInterval,
  skipElapsed,
  waitIdle,
} from "./schedule/slot_timer.ts";

/** Time before a failed device is tried again. */
export const DEVICE_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 60_000 };

/** Time before a device without a model for any record is discovered again, in ms. */
export const REDISCOVERY_INTERVAL_MS = 300_000;

/**
 * Time before a unit id is tried again at which the device of another unit answers, in
 * ms: a device may have been added there.
 */
export const ALIAS_RETRY_MS = 600_000;

/** The interfaces that an actor depends on. */
export interface ActorDependencies
  extends PollerDependencies, CommissioningDependencies {}

/** Stops an actor, in three stages. */
export interface ActorSignals {
  /** Ends the actor when its current task is complete: no read is abandoned. */
  readonly leave: AbortSignal;
  /** Abandons the current task, but not records that wait to be appended; aborted with or after `leave`. */
  readonly stop: AbortSignal;
  /** Abandons these records too; aborted after `stop`, if at all. */
  readonly abandon: AbortSignal;
}

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
  const { clock, pool, random, sink, meter } = dependencies;
  const { leave, stop, abandon } = signals;
  const { entry } = device;
  const { unitId, timeoutMs } = entry;
  const handles = new Map<number, SessionHandle>();

  function handleOf(link: number): SessionHandle {
    const handle = handles.get(link);
    if (handle === undefined) {
      throw new Error(`Cannot use link ${link}: it is not open`);
    }
    return handle;
  }

  function close(link: number): void {
    handles.get(link)?.release();
    handles.delete(link);
  }

  async function perform(task: Task): Promise<MachineEvent> {
    const { link } = task;
    switch (task.kind) {
      case "open":
        return { ...idOf(task), ...await open(link) };
      case "probe":
        return { ...idOf(task), ...await probe(handleOf(link).session) };
      case "discover": {
        const handle = handleOf(link);
        const outcome = await discover(handle.session);
        handle.configure(connectionOptions(device)); // the identity selects the quirks
        return { ...idOf(task), ...outcome };
      }
      case "poll":
        return { ...idOf(task), ...await poll(handleOf(link)) };
      case "wait":
        await waitIdle(
          device,
          isAlias(device)
            ? ALIAS_RETRY_MS
            : backoffMs(task.attempt, DEVICE_BACKOFF, random),
          clock,
          leave,
        );
        return { ...idOf(task), kind: "elapsed" };
    }
  }

  async function open(link: number): Promise<Outcome<"opened">> {
    const { host, port } = entry;
    device.known ??= await loadCached(device, dependencies);
    const handle = pool.acquire({ host, port, ...connectionOptions(device) });
    handles.set(link, handle);
    const connected = await handle.session.connect(stop);
    // Another device may answer now: the next poll verifies everything.
    device.fullPollMs = -Infinity;
    if (connected.ok) return { kind: "opened" };
    return failure({ kind: "unreachable", fault: connected.fault });
  }

  function failure(fault: DiscoveryFault): { kind: "failed"; reason: string } {
    meter.failed(discoveryFailureKind(fault));
    return { kind: "failed", reason: describeDiscoveryFault(fault) };
  }

  async function probe(
    session: ModbusSession,
  ): Promise<Outcome<"recognised" | "unrecognised">> {
    const { known } = device;
    if (known === undefined || known.suspect) return { kind: "unrecognised" };
    const probed = await probeLiveness(session, known.layout, { timeoutMs }, stop);
    if (!probed.ok) return failure(probed.fault);
    return { kind: probed.value ? "recognised" : "unrecognised" };
  }

  async function discover(session: ModbusSession): Promise<Outcome<"found">> {
    const quirks = effectiveQuirks(device.quirks);
    const { functionCode } = quirks;
    const bases = basesOf(quirks, device.known?.layout.base, device.silentDiscoveries);
    device.known = undefined;
    const attempt = (countMax = REGISTERS_PER_READ_MAX): ReturnType<Discover> =>
      dependencies.discover(session, {
        unitId,
        bases,
        timeoutMs,
        countMax,
        ...(functionCode === undefined ? {} : { functionCode }),
      }, stop);
    let found = await attempt(quirks.registersPerReadMax);
    if (found.ok && isOtherDevice(device, found.value)) {
      // Responses may have been those of another unit: read again before it is believed.
      session.renew();
      found = await attempt(quirks.registersPerReadMax);
    }
    if (found.ok && isNameless(found.value)) found = await attempt(SMALL_READ_COUNT);
    const silent = !found.ok && found.fault.kind === "no-answer";
    device.silentDiscoveries = silent ? device.silentDiscoveries + 1 : 0;
    if (!found.ok) return failure(found.fault);
    const commissioned = await commission(device, found.value, dependencies);
    if (!commissioned.ok) {
      meter.failed("unnamed");
      return { kind: "failed", reason: commissioned.fault };
    }
    device.known = commissioned.value;
    device.discoveredMs = clock.monotonicMs();
    device.chainCheckedMs = device.discoveredMs;
    // A device that was just found does not wait for a slot of the sleep interval.
    if (!hasOnlyCommonModel(commissioned.value.models)) {
      setPollInterval(device, clock, "online");
    }
    return { kind: "found" };
  }

  async function poll(
    handle: SessionHandle,
  ): Promise<Outcome<"polled" | "outdated" | "changed" | "missed">> {
    await awaitSlot(device, clock, leave);
    const { known } = device;
    if (known === undefined) {
      throw new Error("Cannot poll: the device has not been discovered");
    }
    const startMs = clock.monotonicMs();
    const polled = await pollDevice(handle.session, device, known, clock, stop);
    if (polled.kind !== "answered") {
      device.fullPollMs = -Infinity;
      meter.failed(polled.failure);
      const waitMs = endSlot(device, clock, false);
      if (polled.kind === "changed") return { kind: "changed", reason: polled.reason };
      // The other units of the address get at least as much time as this poll cost them.
      const spentMs = clock.monotonicMs() - startMs;
      if (polled.silent && waitMs < spentMs) {
        await waitIdle(device, spentMs, clock, leave);
      }
      return { kind: "missed", reason: polled.reason };
    }
    meter.answered(polled.reading.durationMs);
    updateParts(device, polled.reading, known.segments, dependencies);
    const paused = learnPauses(device, handle.detectedPauses);
    if (device.known !== undefined && (paused || device.known !== known)) {
      device.logQuirks();
      saveCached(device, device.known, dependencies.cache);
    }
    const outcome = await sink.sample(toSample(polled), abandon);
    const outdated = complete(outcome, polled);
    const found = outdated ? undefined : await findNewModels(handle, polled);
    if (found !== undefined) change = changeNow(found);
    return { kind: outdated || found !== undefined ? "outdated" : "polled" };
  }

  /** Describes a model that is present and not polled, if it is time to look for one. */
  async function findNewModels(
    { session }: SessionHandle,
    { plan }: Answered,
  ): Promise<string | undefined> {
    const { known, skipped } = device;
    const nowMs = clock.monotonicMs();
    if (known === undefined) return undefined;
    if (!isCheckDue(known.layout, nowMs - device.chainCheckedMs)) return undefined;
    device.chainCheckedMs = nowMs;
    const { layout } = known;
    return await checkChain(session, { layout, plan, skipped, timeoutMs }, stop);
  }

  function changeNow(text: string): LayoutChangeLine {
    return { at: new Date(clock.wallMs()).toISOString(), change: text };
  }

  /** Ends the slot of a successful poll. Returns whether the device must be discovered again. */
  function complete(
    { models, records, flags, instances }: SampleOutcome,
    { reading }: Answered,
  ): boolean {
    device.countPoll(records, reading.startedAtMs);
    noteInstances(device, instances, dependencies.cache);
    device.logFlags(flags);
    endSlot(device, clock, records > 0);
    const slept = device.state === "asleep";
    const wake = device.sleepDetector.update(models, clock.monotonicMs());
    device.setState(wake, null);
    setPollInterval(device, clock, wake);
    const dueMs = wake === "asleep" ? 0 : REDISCOVERY_INTERVAL_MS;
    const sinceMs = clock.monotonicMs() - device.discoveredMs;
    return (slept && wake === "online") ||
      (records === 0 && sinceMs >= dueMs);
  }

  function toSample({ reading, plan }: Answered): Sample {
    const { deviceId, identity, schedule } = device;
    const parts = device.parts?.sample;
    if (deviceId === null || identity === null || parts === undefined) {
      throw new Error("Cannot emit a sample: the device has no id");
    }
    return {
      key: entry.key,
      deviceId,
      unitId,
      identity,
      parts,
      plan,
      image: reading.image,
      faults: reading.faults,
      intervalMs: schedule.grid.intervalMs,
      slot: schedule.slot,
      slotsMissed: schedule.missed,
      sampledAtMs: reading.startedAtMs,
      readDurationMs: reading.durationMs,
      monotonicMs: clock.monotonicMs(),
    };
  }

  /** A layout change that was not logged yet, and when it was seen. */
  let change: LayoutChangeLine | undefined;

  /** Logs and reports an event and the state that it led to. */
  function report(event: MachineEvent, state: MachineState): void {
    const night = device.sleepDetector.explainsSilence(clock.monotonicMs());
    // An alias is logged as device.duplicate.
    if ("reason" in event) device.countFailure(event.reason, night || isAlias(device));
    if (event.kind === "changed") {
      change = changeNow(event.reason);
    } else if (
      change !== undefined && (event.kind === "found" || event.kind === "failed")
    ) {
      // At night some inverters show fewer models, which is no change to report.
      const expected = night && event.kind === "found" &&
        hasOnlyCommonModel(device.known?.models ?? []);
      if (!expected) device.reportEvent("device.changed", change);
      change = undefined;
    }
    if (state.kind !== "backoff") return;
    device.setState(night ? "asleep" : "offline", state.reason);
    // The first response in the morning does not wait for a slot of the sleep interval.
    setPollInterval(device, clock, "online");
  }

  let state: MachineState = INITIAL_STATE;
  let event: MachineEvent = { kind: "start" };
  try {
    for (;;) {
      const next = transition(state, event);
      state = next.state;
      report(event, state);
      let task: Task | undefined;
      for (const effect of next.effects) {
        if (effect.kind === "close") close(effect.link);
        else task = effect;
      }
      if (task === undefined) return;
      leave.throwIfAborted();
      event = await perform(task);
      if (task.kind !== "poll") skipElapsed(device, clock);
    }
  } catch (error) {
    if (!leave.aborted) throw error;
    transition(state, { kind: "stop" }).effects.forEach((effect) => {
      if (effect.kind === "close") close(effect.link);
    });
  } finally {
    for (const link of [...handles.keys()]) close(link);
  }
}

/** The fields of a `device.changed` line. */
type LayoutChangeLine = Omit<LogEvents["device.changed"], "device">;

type Answered = Extract<PollResult, { kind: "answered" }>;

/** Whether the device at this unit id is the device of another unit of the same address. */
function isAlias({ duplicateOf, entry }: Device): boolean {
  return duplicateOf !== undefined && shareAddress(duplicateOf, entry.key);
}

/** Connection options from the quirks that are known so far. */
function connectionOptions({ entry, quirks }: Device): ConnectionOptions {
  const { gapMs = 0, connectGapMs = 0, echoesTransactionId = true } = effectiveQuirks(
    quirks,
  );
  const { connectTimeoutMs } = entry;
  return { gapMs, connectGapMs, connectTimeoutMs, echoesTransactionId };
}

/** Where to look for the marker: at the configured base, else at the last known one and the standard ones. */
function basesOf(
  { base }: Quirks,
  last: number | undefined,
  silences: number,
): readonly number[] {
  if (base !== undefined) return [base];
  if (last !== undefined) {
    return [last, ...STANDARD_BASES.filter((other) => other !== last)];
  }
  // Some units do not answer reads at an empty base: each discovery starts at another one.
  const first = silences % STANDARD_BASES.length;
  return [...STANDARD_BASES.slice(first), ...STANDARD_BASES.slice(0, first)];
}

/** Whether a layout is that of another device than the last one at this unit. */
function isOtherDevice({ identity }: Device, layout: DeviceLayout): boolean {
  return identity !== null && !compatibleTexts(identity, layout.identity);
}

/** Whether model 1 has no text at all, as on devices that answer large reads with empty registers. */
function isNameless({ identity, models }: DeviceLayout): boolean {
  return models.some(({ id }) => id === COMMON_MODEL_ID) &&
    Object.values(identity).every((text) => text === null);
}

/** The outcome of a task, without the task's id. */
type Outcome<Kind extends string> =
  | { readonly kind: Exclude<Kind, "missed" | "changed"> }
  | {
    readonly kind: "failed" | Extract<Kind, "missed" | "changed">;
    readonly reason: string;
  };

function idOf({ link, turn }: Task): { link: number; turn: number } {
  return { link, turn };
}
