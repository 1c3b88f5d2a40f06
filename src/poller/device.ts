/**
 * The state of one device that outlives a restart of its actor. The actor changes it,
 * the supervisor reports it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { DeviceLayout } from "../device/layout.ts";
import {
  createFrameHistory,
  type FrameHistory,
} from "../sunspec/decode/frame_history.ts";
import type { Identity } from "../sunspec/identity.ts";
import { listQuirks, type QuirkLayers } from "../device/quirks.ts";
import type { ReadLimits } from "../sunspec/plan/read_plan.ts";
import type { PlannedModel, PollPlan } from "../sunspec/plan/poll_plan.ts";
import type { ChainSegment } from "../sunspec/chain_parts.ts";
import type { DeviceParts, TextsByAddress } from "./commissioning/device_parts.ts";
import type { SkippedModel } from "./commissioning/chain_check.ts";
import { changeGrid, createSchedule, gridOf, type Schedule } from "./schedule/grid.ts";
import { createSleepDetector, type SleepDetector } from "./schedule/sleep_detector.ts";
import type { DeviceReport } from "./device_report.ts";
import { describeOmissions } from "./device_omissions.ts";
import type { RosterEntry } from "./roster/roster.ts";
import type { DeviceState } from "./device_state.ts";
import type { SampleSink } from "./sample.ts";
import { createDeviceLog, type DeviceLog } from "./device_log.ts";

/** A layout, and how to poll it. */
export interface KnownLayout {
  readonly layout: DeviceLayout;
  /** The models to poll, model 1 among them. */
  readonly models: readonly PlannedModel[];
  /** The models that every poll reads. */
  readonly quickModels: readonly PlannedModel[];
  /** The identity that polls must read; undefined until the first successful poll. */
  readonly identity: Identity | undefined;
  /** Limits of one read. */
  readonly limits: ReadLimits;
  /** Reads `quickModels` within `limits` and verifies `identity`. */
  readonly plan: PollPlan;
  /** Reads `models` within `limits` and verifies `identity`. */
  readonly fullPlan: PollPlan;
  /** A poll within these limits has succeeded. */
  readonly proven: boolean;
  /** The chain, split at each model 1. */
  readonly segments: readonly ChainSegment[];
  /** The texts that polls must read in each model 1, as far as they are known. */
  readonly expected: TextsByAddress;
  /** Whether polls may read the end of the chain with the last model. */
  readonly readsEnd: boolean;
  /** The device refused the last poll: it is discovered again after the next connect. */
  readonly suspect: boolean;
}

/** The interfaces that a device uses. */
export interface DeviceDependencies {
  readonly clock: Clock;
  readonly log: Log;
  readonly sink: Pick<SampleSink, "deviceState">;
}

/** Counters since the start of the agent; see {@linkcode DeviceReport}. */
export type DeviceCounts = Pick<
  DeviceReport,
  "polls" | "failures" | "records" | "slotsMissed" | "overruns" | "restarts"
>;

/** The part of a device's state that is kept when it leaves the roster. */
export interface DeviceHistory {
  readonly schedule: Schedule;
  readonly sleepDetector: SleepDetector;
  readonly counts: DeviceCounts;
}

/** A device of the roster. Only its actor changes the fields. */
export interface Device extends Omit<DeviceLog, "logState" | "logQuirks"> {
  readonly entry: RosterEntry;
  /** The device's id, or its key as long as it has no id; for logs. */
  readonly label: string;
  /** The quirks of the device, by source. */
  quirks: QuirkLayers;
  /** Number of consecutive discoveries without a response. */
  silentDiscoveries: number;
  /** The models that the device refuses to read. */
  skipped: readonly SkippedModel[];
  /** Monotonic time at which the end of the chain and the skipped models were last read. */
  chainCheckedMs: number;
  /** Whether the device cache was read; it is read once. */
  cacheRead: boolean;
  /** Whether the next poll starts in the current slot instead of the next one. */
  pollsImmediately: boolean;
  /** Undefined = not discovered, or no longer valid. */
  known: KnownLayout | undefined;
  schedule: Schedule;
  deviceId: string | null;
  identity: Identity | null;
  /** Undefined = the device has no id yet. */
  parts: DeviceParts | undefined;
  /** Number of models before the chain ended without a response; undefined = it did not. */
  incompleteChain: number | undefined;
  /** Key of the unit that is the same device; this one is then not polled. */
  duplicateOf: string | undefined;
  /** Distinguishes night from failure. */
  sleepDetector: SleepDetector;
  /** Monotonic time of the last poll that read all models; -Infinity = none since the layout was found. */
  fullPollMs: number;
  /** What earlier polls have shown of each model, to recognise impossible registers. */
  readonly frames: FrameHistory;
  /** Monotonic time of the last successful discovery. */
  discoveredMs: number;
  /** The models without a definition, as last logged. */
  unknownModels: string;
  /** The deviations from the specification, as last logged. */
  oddities: readonly string[];
  readonly state: DeviceState;
  /** Sets the id. If the device had another one, that one is reported offline. */
  setDeviceId(deviceId: string): void;
  /** Sets the state. The sink and the log receive changes only. */
  setState(state: DeviceState, reason: string | null): void;
  /** Logs the quirks that are not configured, if they have changed. */
  logQuirks(): void;
  /** Adds a model that is skipped, and logs the reason once. */
  skipModel(skipped: SkippedModel): void;
  /** Counts a failure and logs it, unless it is `expected`. */
  countFailure(reason: string, expected: boolean): void;
  /** Counts a successful poll and its records. */
  countPoll(records: number, sampledAtMs: number): void;
  /** Counts slots without a record. */
  countMissed(slots: number): void;
  /** Counts and logs a poll that was still running when its next slot began. */
  countOverrun(slots: number): void;
  /** Counts a restart. */
  countRestart(): void;
  /** The state to keep if the device leaves the roster now. */
  history(): DeviceHistory;
  /** Continues from the state before the device left the roster: all slots since then count as missed. */
  resume(past: DeviceHistory): void;
  report(): DeviceReport;
}

/** Creates a device that was not discovered yet. */
export function createDevice(entry: RosterEntry, parts: DeviceDependencies): Device {
  const { clock, sink } = parts;
  const { logState, logQuirks, ...lines } = createDeviceLog(
    () => device.label,
    parts,
  );
  const state = createStateHolder();
  const counts = createCounts();

  /** Reports a state change to the sink under the device's current id. */
  function change(next: DeviceState, reason: string | null): void {
    const previous = state.current;
    state.current = next;
    const { deviceId, identity } = device;
    const { key, unitId } = entry;
    const atMs = clock.wallMs();
    sink.deviceState({
      ...{ deviceId, key, unitId, identity, state: next, previous, reason, atMs },
    });
  }

  const device: Device = {
    ...initialFields(entry, clock),
    ...lines,
    ...createCounting(counts, state, lines.reportEvent),
    get label() {
      return device.deviceId ?? entry.key;
    },
    get state() {
      return state.current;
    },
    setDeviceId(deviceId) {
      const { deviceId: before } = device;
      if (before !== null && before !== deviceId) {
        if (state.current !== "offline") change("offline", `replaced by ${deviceId}`);
        state.current = "connecting"; // the state of the new device is not known yet
      }
      device.deviceId = deviceId;
    },
    setState(next, reason) {
      if (next === state.current) return;
      if (reason !== null) state.lastFailure = reason;
      change(next, reason);
      logState(next, reason);
    },
    logQuirks: () => logQuirks(device.quirks),
    skipModel(skipped) {
      device.skipped = [...device.skipped, skipped];
      lines.logSkipped(skipped.reason);
    },
    history: () => ({
      schedule: device.schedule,
      sleepDetector: device.sleepDetector,
      counts: { ...counts },
    }),
    resume(past) {
      device.sleepDetector = past.sleepDetector;
      device.schedule = changeGrid(past.schedule, device.schedule.grid);
      resumeCounts(counts, past.counts);
    },
    report: () => reportOf(device, counts, state),
  };
  return device;
}

/** The state of a device that only its own functions change. */
interface StateHolder {
  current: DeviceState;
  /** Wall clock of the last successful poll; null = none yet. */
  lastPollMs: number | null;
  lastFailure: string | null;
}

function createStateHolder(): StateHolder {
  return { current: "connecting", lastPollMs: null, lastFailure: null };
}

type Counts = { -readonly [Name in keyof DeviceCounts]: number };

function createCounts(): Counts {
  return {
    ...{ polls: 0, failures: 0, records: 0, slotsMissed: 0, overruns: 0, restarts: 0 },
  };
}

/** The functions of a device that count. */
function createCounting(
  counts: Counts,
  state: StateHolder,
  reportEvent: DeviceLog["reportEvent"],
): Pick<Device, Extract<keyof Device, `count${string}`>> {
  return {
    countFailure(reason, expected) {
      counts.failures++;
      state.lastFailure = reason;
      if (expected) return;
      reportEvent("device.failed", { cause: reason, state: state.current });
    },
    countPoll(records, sampledAtMs) {
      counts.polls++;
      counts.records += records;
      state.lastPollMs = sampledAtMs;
      state.lastFailure = null;
    },
    countMissed: (slots) => void (counts.slotsMissed += slots),
    countOverrun(slots) {
      counts.overruns++;
      reportEvent("device.overrun", { slotsMissed: slots });
    },
    countRestart: () => void counts.restarts++,
  };
}

/** Adds the counts from before the device left the roster. */
function resumeCounts(counts: Counts, past: DeviceCounts): void {
  counts.polls += past.polls;
  counts.failures += past.failures;
  counts.records += past.records;
  counts.slotsMissed = past.slotsMissed; // the schedule counts those since then
  counts.overruns += past.overruns;
  counts.restarts += past.restarts;
}

/** The fields of a device that was not discovered yet. */
function initialFields(entry: RosterEntry, clock: Clock) {
  const grid = gridOf(entry.deviceId ?? entry.key, entry.intervalMs);
  const now = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
  return {
    entry,
    quirks: { device: entry.quirks },
    silentDiscoveries: 0,
    skipped: [],
    chainCheckedMs: -Infinity,
    cacheRead: false,
    pollsImmediately: false,
    known: undefined,
    schedule: createSchedule(grid, now),
    deviceId: entry.deviceId,
    identity: null,
    parts: undefined,
    incompleteChain: undefined,
    duplicateOf: undefined,
    sleepDetector: createSleepDetector(),
    fullPollMs: -Infinity,
    frames: createFrameHistory(),
    discoveredMs: -Infinity,
    unknownModels: "",
    oddities: [],
  };
}

function reportOf(
  device: Device,
  counts: DeviceCounts,
  { lastPollMs, lastFailure }: StateHolder,
): DeviceReport {
  const { entry: { key, host, port, unitId }, deviceId, identity, state } = device;
  return {
    ...{ key, deviceId, host, port, unitId, identity, state },
    ...counts,
    lastPollMs,
    lastFailure,
    notes: describeOmissions({
      skipped: device.skipped,
      parts: device.parts,
      polledModels: device.known?.models.map(({ at }) => at.id),
    }, counts),
    quirks: listQuirks(device.quirks),
  };
}
