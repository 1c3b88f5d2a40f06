/**
 * Performs the effects of a device's machine and feeds its events back, one
 * task at a time, until it is stopped. A throw is a bug: the supervisor starts
 * the actor again.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../base/backoff.ts";
import type { DeviceLayout } from "../device/layout.ts";
import {
  describeDiscoveryFault,
  type DiscoveryFault,
  STANDARD_BASES,
} from "../discovery/probe.ts";
import { effectiveQuirks, type Quirks } from "../device/quirks.ts";
import {
  type ModbusSession,
  type Pace,
  REGISTERS_PER_READ_MAX,
  type SessionLease,
} from "../modbus/reader.ts";
import type { PlannedModel } from "../sunspec/plan/poll_plan.ts";
import type { PollContext } from "../records/normalise/normalise.ts";
import type { Draft } from "../records/record.ts";
import type { Device } from "./device.ts";
import { shareAddress } from "../device/device_id.ts";
import { greetUnit } from "./commissioning/liveness_probe.ts";
import { isBare, learn, type LearnParts } from "./commissioning/commissioning.ts";
import { LEFT_OUT_LOOK_MS } from "./commissioning/skipped_models.ts";
import { type Effect, type Event, INITIAL, type State, step } from "./machine.ts";
import { kindOfDiscovery } from "./poll_meter.ts";
import { awaitSlot, endSlot, idle, passTime, setPace } from "./schedule/slot_timer.ts";
import type { Discover, PollerParts } from "./parts.ts";
import { pollDevice } from "./poll.ts";
import { learnPace, recall, remember } from "./commissioning/cached_device.ts";
import { type Sample, SMALL_READ_COUNT } from "./sample.ts";

/** How long a device that failed is left alone. */
export const DEVICE_BACKOFF: BackoffLimits = { firstMs: 1_000, longestMs: 60_000 };

/** How often a chain is walked again that has no model for a record. */
export const LOOK_AGAIN_MS = 300_000;

/**
 * How long a unit id is left alone that another unit's device answers to: there may
 * be a device of its own by then.
 */
export const ALIAS_LOOK_MS = 600_000;

/** What an actor stands on. */
export interface ActorParts extends PollerParts, LearnParts {}

/** How an actor is stopped. */
export interface ActorSignals {
  /** Ends it at its next rest: no read is abandoned. */
  readonly leave: AbortSignal;
  /** Abandons whatever is under way, except records that wait for room; aborted with or after `leave`. */
  readonly stop: AbortSignal;
  /** Abandons these too; aborted after `stop`, if at all. */
  readonly abandon: AbortSignal;
}

type Task = Exclude<Effect, { do: "close" }>;

/**
 * Runs a device until `leave` aborts. Its connection is given back, whatever
 * happens.
 *
 * @throws only bugs.
 */
export async function runActor(
  device: Device,
  parts: ActorParts,
  signals: ActorSignals,
): Promise<void> {
  const { clock, pool, chance, sink, meter } = parts;
  const { leave, stop, abandon } = signals;
  const { entry } = device;
  const { unitId, timeoutMs } = entry;
  const leases = new Map<number, SessionLease>();

  function leaseOf(link: number): SessionLease {
    const lease = leases.get(link);
    if (lease === undefined) throw new Error(`Cannot use link ${link}: it is not open`);
    return lease;
  }

  function close(link: number): void {
    leases.get(link)?.release();
    leases.delete(link);
  }

  async function perform(task: Task): Promise<Event> {
    const { link } = task;
    switch (task.do) {
      case "open":
        return { ...news(task), ...await open(link) };
      case "greet":
        return { ...news(task), ...await greet(leaseOf(link).session) };
      case "discover": {
        const lease = leaseOf(link);
        const outcome = await discover(lease.session);
        lease.adapt(paceOf(device)); // who it is says what it needs
        return { ...news(task), ...outcome };
      }
      case "poll":
        return { ...news(task), ...await poll(leaseOf(link)) };
      case "wait":
        await idle(
          device,
          isAlias(device)
            ? ALIAS_LOOK_MS
            : backoffMs(task.attempt, DEVICE_BACKOFF, chance),
          clock,
          leave,
        );
        return { ...news(task), on: "elapsed" };
    }
  }

  async function open(link: number): Promise<Outcome<"opened">> {
    const { host, port } = entry;
    device.known ??= await recall(device, parts);
    const lease = pool.lease({ host, port, ...paceOf(device) });
    leases.set(link, lease);
    const connected = await lease.session.connect(stop);
    // Whoever answers now may be another: the next poll looks at all of it.
    device.wholeMs = -Infinity;
    if (connected.ok) return { on: "opened" };
    return failure({ kind: "unreachable", fault: connected.fault });
  }

  function failure(fault: DiscoveryFault): { on: "failed"; why: string } {
    meter.failed(kindOfDiscovery(fault));
    return { on: "failed", why: describeDiscoveryFault(fault) };
  }

  async function greet(session: ModbusSession): Promise<Outcome<"known" | "unknown">> {
    const { known } = device;
    if (known === undefined || known.doubted) return { on: "unknown" };
    const met = await greetUnit(session, known.layout, { timeoutMs }, stop);
    if (!met.ok) return failure(met.fault);
    return { on: met.value ? "known" : "unknown" };
  }

  async function discover(session: ModbusSession): Promise<Outcome<"found">> {
    const quirks = effectiveQuirks(device.quirks);
    const { functionCode } = quirks;
    const bases = basesOf(quirks, device.known?.layout.base, device.silences);
    device.known = undefined;
    const look = (countMax = REGISTERS_PER_READ_MAX): ReturnType<Discover> =>
      parts.discover(session, {
        unitId,
        bases,
        timeoutMs,
        countMax,
        ...(functionCode === undefined ? {} : { functionCode }),
      }, stop);
    let found = await look(quirks.registersPerReadMax);
    if (found.ok && isNameless(found.value)) found = await look(SMALL_READ_COUNT);
    const silent = !found.ok && found.fault.kind === "no-answer";
    device.silences = silent ? device.silences + 1 : 0;
    if (!found.ok) return failure(found.fault);
    const learned = await learn(device, found.value, parts);
    if (!learned.ok) {
      meter.failed("unnamed");
      return { on: "failed", why: learned.fault };
    }
    device.known = learned.value;
    device.discoveredMs = clock.monotonicMs();
    // What has just been found is not to wait for a slow slot.
    if (!isBare(learned.value.models)) setPace(device, clock, "online");
    return { on: "found" };
  }

  async function poll(
    lease: SessionLease,
  ): Promise<Outcome<"polled" | "outdated" | "changed" | "missed">> {
    await awaitSlot(device, clock, leave);
    const { known } = device;
    if (known === undefined) throw new Error("Cannot poll: the device is not known");
    const startMs = clock.monotonicMs();
    const polled = await pollDevice(lease.session, device, known, clock, stop);
    if (polled.is !== "answered") {
      device.wholeMs = -Infinity;
      meter.failed(polled.kind);
      const waitMs = endSlot(device, clock, false);
      if (polled.is === "changed") return { on: "changed", why: polled.why };
      // The units beside it get at least as much time as this one cost them.
      const restMs = clock.monotonicMs() - startMs;
      if (polled.silent && waitMs < restMs) await idle(device, restMs, clock, leave);
      return { on: "missed", why: polled.why };
    }
    const { sample, planned } = polled;
    meter.answered(sample.durationMs);
    const paced = learnPace(device, lease.found);
    if (device.known !== undefined && (paced || device.known !== known)) {
      device.tellQuirks();
      remember(device, device.known, parts.memory);
    }
    const drafts = toDrafts(sample, planned);
    if (drafts.length > 0) await sink.offer(drafts, abandon);
    device.answered(drafts, sample.startedAtMs);
    device.flagged(drafts);
    endSlot(device, clock, drafts.length > 0);
    const rested = device.state === "asleep";
    const rest = device.night.polled(sample.models, clock.monotonicMs());
    device.tell(rest, null);
    setPace(device, clock, rest);
    const dueMs = rest === "asleep" ? 0 : LOOK_AGAIN_MS;
    const sinceMs = clock.monotonicMs() - device.discoveredMs;
    const looksAgain = (rested && rest === "online") ||
      (drafts.length === 0 && sinceMs >= dueMs) ||
      (device.lacks && sinceMs >= LEFT_OUT_LOOK_MS);
    return { on: looksAgain ? "outdated" : "polled" };
  }

  function toDrafts(sample: Sample, planned: readonly PlannedModel[]): Draft[] {
    const { deviceId, identity } = device;
    if (deviceId === null || identity === null) {
      throw new Error("Cannot make records: the device has no name");
    }
    const context: PollContext = {
      gateway: parts.gateway,
      site: parts.site,
      deviceId,
      unitId,
      identity,
      slotsMissed: device.schedule.missed,
      intervalMs: device.schedule.grid.intervalMs,
      sampledAtMs: sample.startedAtMs,
      readDurationMs: sample.durationMs,
      clockSynced: parts.clockSynced(),
    };
    return device.desk.draft(context, sample.models, planned, clock.monotonicMs());
  }

  /** A change of the layout that is not told yet. */
  let change: string | undefined;

  /** What people are told of an event and the state that it led to. */
  function tell(event: Event, state: State): void {
    const night = device.night.explainsSilence(clock.monotonicMs());
    const told = isAlias(device); // by a line of its own
    if ("why" in event) device.failed(event.why, night || told);
    if (event.on === "changed") change = event.why;
    else if (change !== undefined && (event.on === "found" || event.on === "failed")) {
      // Fewer models, after a poll without power, are the night's.
      const isNights = night && event.on === "found" &&
        isBare(device.known?.models ?? []);
      if (!isNights) device.mention("device.changed", { change });
      change = undefined;
    }
    if (state.is !== "backoff") return;
    device.tell(night ? "asleep" : "offline", state.why);
    // Its first answer in the morning is not to wait for a slow slot.
    setPace(device, clock, "online");
  }

  let state: State = INITIAL;
  let event: Event = { on: "start" };
  try {
    for (;;) {
      const next = step(state, event);
      state = next.state;
      tell(event, state);
      let task: Task | undefined;
      for (const effect of next.effects) {
        if (effect.do === "close") close(effect.link);
        else task = effect;
      }
      if (task === undefined) return;
      leave.throwIfAborted();
      event = await perform(task);
      if (task.do !== "poll") passTime(device, clock);
    }
  } catch (error) {
    if (!leave.aborted) throw error;
    step(state, { on: "stop" }).effects.forEach((effect) => {
      if (effect.do === "close") close(effect.link);
    });
  } finally {
    for (const link of [...leases.keys()]) close(link);
  }
}

/** Whether a device that answers to this unit id is polled by another. */
function isAlias({ duplicateOf, entry }: Device): boolean {
  return duplicateOf !== undefined && shareAddress(duplicateOf, entry.key);
}

/** The pace that the device needs, as far as it is known. */
function paceOf({ entry, quirks }: Device): Pace {
  const { gapMs = 0, connectGapMs = 0, echoesTransactionId = true } = effectiveQuirks(
    quirks,
  );
  const { connectTimeoutMs } = entry;
  return { gapMs, connectGapMs, connectTimeoutMs, echoesTransactionId };
}

/** Where to look for the marker: where it was said to be, or where it stood, or the standard bases. */
function basesOf(
  { base }: Quirks,
  last: number | undefined,
  silences: number,
): readonly number[] {
  if (base !== undefined) return [base];
  if (last !== undefined) {
    return [last, ...STANDARD_BASES.filter((other) => other !== last)];
  }
  // A unit that is silent where it has nothing is asked elsewhere the next time.
  const first = silences % STANDARD_BASES.length;
  return [...STANDARD_BASES.slice(first), ...STANDARD_BASES.slice(0, first)];
}

/** A common model that gives no text at all may be one that refuses a large read. */
function isNameless({ identity, models }: DeviceLayout): boolean {
  return models.some(({ id }) => id === 1) &&
    Object.values(identity).every((text) => text === null);
}

/** An outcome without the task that it is of. */
type Outcome<On extends string> =
  | { readonly on: Exclude<On, "missed" | "changed"> }
  | {
    readonly on: "failed" | Extract<On, "missed" | "changed">;
    readonly why: string;
  };

function news({ link, turn }: Task): { link: number; turn: number } {
  return { link, turn };
}
