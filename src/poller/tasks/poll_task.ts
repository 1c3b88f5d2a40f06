/**
 * The task that polls a device in its next slot.
 *
 * @module
 */

import type { SessionHandle } from "../../modbus/reader.ts";
import { learnPauses, saveCached } from "../commissioning/cached_device.ts";
import { checkChain, isCheckDue } from "../commissioning/chain_check.ts";
import { noteInstances, updateParts } from "../commissioning/part_cache.ts";
import type { KnownLayout } from "../device.ts";
import { pollDevice, type PollResult } from "../poll.ts";
import type { Sample, SampleOutcome } from "../sample.ts";
import {
  awaitSlot,
  endSlot,
  setPollInterval,
  waitIdle,
} from "../schedule/slot_timer.ts";
import { type ActorScope, changeNow, type TaskResult } from "./actor_scope.ts";

/** Time before a device without a model for any record is discovered again, in ms. */
export const REDISCOVERY_INTERVAL_MS = 300_000;

type Answered = Extract<PollResult, { kind: "answered" }>;
type Unanswered = Exclude<PollResult, Answered>;

/** Waits for the next slot, polls the device and emits the sample. */
export async function poll(
  scope: ActorScope,
  handle: SessionHandle,
): Promise<TaskResult<"polled" | "outdated" | "changed" | "missed">> {
  const { device, dependencies, signals } = scope;
  const { clock, meter, sink } = dependencies;
  await awaitSlot(device, clock, signals.leave);
  const { known } = device;
  if (known === undefined) {
    throw new Error("Cannot poll: the device has not been discovered");
  }
  const startMs = clock.monotonicMs();
  const polled = await pollDevice(handle.session, device, known, clock, signals.stop);
  if (polled.kind !== "answered") return await fail(scope, polled, startMs);
  meter.answered(polled.reading.durationMs);
  learn(scope, handle, known, polled);
  const outcome = await sink.sample(toSample(scope, polled), signals.abandon);
  if (complete(scope, outcome, polled)) return { kind: "outdated" };
  const found = await findNewModels(scope, handle, polled);
  if (found === undefined) return { kind: "polled" };
  scope.change = changeNow(scope, found);
  return { kind: "outdated" };
}

/** Ends the slot of a failed poll. */
async function fail(
  { device, dependencies: { clock, meter }, signals: { leave } }: ActorScope,
  polled: Unanswered,
  startMs: number,
): Promise<TaskResult<"changed" | "missed">> {
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

/** Keeps what a successful poll has shown: parts, pauses, limits. */
function learn(
  { device, dependencies }: ActorScope,
  { detectedPauses }: SessionHandle,
  known: KnownLayout,
  { reading }: Answered,
): void {
  updateParts(device, reading, device.known ?? known, dependencies);
  const paused = learnPauses(device, detectedPauses);
  if (device.known !== undefined && (paused || device.known !== known)) {
    device.logQuirks();
    saveCached(device, device.known, dependencies.cache);
  }
}

/** Describes a model that is present and not polled, if it is time to look for one. */
async function findNewModels(
  { device, dependencies: { clock }, signals: { stop } }: ActorScope,
  { session }: SessionHandle,
  { plan }: Answered,
): Promise<string | undefined> {
  const { known, skipped } = device;
  const nowMs = clock.monotonicMs();
  if (known === undefined) return undefined;
  if (!isCheckDue(known.layout, nowMs - device.chainCheckedMs)) return undefined;
  device.chainCheckedMs = nowMs;
  const { layout } = known;
  const { timeoutMs } = device.entry;
  return await checkChain(session, { layout, plan, skipped, timeoutMs }, stop);
}

/** Ends the slot of a successful poll. Returns whether the device must be discovered again. */
function complete(
  { device, dependencies: { cache, clock } }: ActorScope,
  { models, records, flags, instances }: SampleOutcome,
  { reading }: Answered,
): boolean {
  device.countPoll(records, reading.startedAtMs);
  noteInstances(device, instances, cache);
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

function toSample(
  { device, dependencies: { clock } }: ActorScope,
  { reading, plan }: Answered,
): Sample {
  const { deviceId, identity, schedule, entry: { key, unitId } } = device;
  const parts = device.parts?.sample;
  if (deviceId === null || identity === null || parts === undefined) {
    throw new Error("Cannot emit a sample: the device has no id");
  }
  return {
    key,
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
