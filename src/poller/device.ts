/**
 * The state of one device that outlives a restart of its actor. The actor changes it,
 * the supervisor reports it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log, LogEvents, LogFields } from "../base/log.ts";
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
import type { SampleOutcome, SampleSink } from "./sample.ts";
import { createLogRateLimiter, LOG_INTERVAL_MS } from "./log_rate_limiter.ts";

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

/** Log events that a device may repeat; they are rate limited. */
export type RepeatedEvent = "device.failed" | "device.overrun" | "device.changed";

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
export interface Device {
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
  /** Logs an event, at a limited rate: see `log_rate_limiter.ts`. */
  reportEvent<N extends RepeatedEvent>(
    name: N,
    fields: Omit<LogEvents[N], "device"> & LogFields,
  ): void;
  /** Writes the log lines that have become due; to be called about once per second. */
  flushLog(): void;
  /** Logs the layout, at most once per minute. */
  logDiscovery(base: number, models: readonly number[]): void;
  /** Logs which models came and went, at most once per minute. */
  logLayoutChange(change: Omit<LogEvents["device.layout_changed"], "device">): void;
  /** Logs the quirks that are not configured, if they have changed. */
  logQuirks(): void;
  /** Adds a model that is skipped, and logs the reason once. */
  skipModel(skipped: SkippedModel): void;
  /** Counts a failure and logs it, unless it is `expected`. */
  countFailure(reason: string, expected: boolean): void;
  /** Logs the flags on records, each reason once. */
  logFlags(flags: SampleOutcome["flags"]): void;
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
  const { clock, log, sink } = parts;
  let state: DeviceState = "connecting";
  let discoveredMs = -Infinity;
  let layoutChangedMs = -Infinity;
  let skippedReasons: readonly string[] = [];
  let lastPollMs: number | null = null;
  let lastFailure: string | null = null;
  const loggedFlags = new Set<string>();
  let loggedQuirks = "";
  const lines = createLogRateLimiter<(unlogged: number) => void>({
    nowMs: () => clock.monotonicMs(),
    write: (line, unlogged) => line(unlogged),
  });
  const counts = {
    polls: 0,
    failures: 0,
    records: 0,
    slotsMissed: 0,
    overruns: 0,
    restarts: 0,
  };

  function logState(cause: string | null): void {
    switch (state) {
      case "connecting":
        return;
      case "offline":
        return lines.reportState(state, (unlogged) =>
          log.event("device.offline", {
            device: device.label,
            cause: cause ?? "",
            unlogged,
          }));
      case "quarantined":
        // A bug, and rare: logged without a rate limit.
        log.event("device.quarantined", { device: device.label, error: cause ?? "" });
        return;
      default: {
        const name = `device.${state}` as const;
        lines.reportState(
          state,
          (unlogged) => log.event(name, { device: device.label, unlogged }),
        );
      }
    }
  }

  /** Reports a state change to the sink under the device's current id. */
  function change(next: DeviceState, reason: string | null): void {
    const previous = state;
    state = next;
    sink.deviceState({
      deviceId: device.deviceId,
      key: entry.key,
      unitId: entry.unitId,
      identity: device.identity,
      state,
      previous,
      reason,
      atMs: clock.wallMs(),
    });
  }

  const device: Device = {
    entry,
    quirks: { device: entry.quirks },
    silentDiscoveries: 0,
    skipped: [],
    chainCheckedMs: -Infinity,
    cacheRead: false,
    pollsImmediately: false,
    known: undefined,
    schedule: createSchedule(gridOf(entry.deviceId ?? entry.key, entry.intervalMs), {
      wallMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
    }),
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
    get label() {
      return device.deviceId ?? entry.key;
    },
    get state() {
      return state;
    },
    setDeviceId(deviceId) {
      const { deviceId: before } = device;
      if (before !== null && before !== deviceId) {
        if (state !== "offline") change("offline", `replaced by ${deviceId}`);
        state = "connecting"; // the state of the new device is not known yet
      }
      device.deviceId = deviceId;
    },
    setState(next, reason) {
      if (next === state) return;
      if (reason !== null) lastFailure = reason;
      change(next, reason);
      logState(reason);
    },
    reportEvent(name, fields) {
      lines.reportEvent((unlogged) => {
        const line: LogFields = { ...fields, device: device.label, unlogged };
        log.event(name, line as LogEvents[typeof name] & LogFields);
      });
    },
    flushLog: () => lines.flush(),
    logDiscovery(base, models) {
      const nowMs = clock.monotonicMs();
      if (nowMs - discoveredMs < LOG_INTERVAL_MS) return;
      discoveredMs = nowMs;
      log.event("device.discovered", { device: device.label, base, models });
    },
    logLayoutChange(change) {
      const nowMs = clock.monotonicMs();
      if (nowMs - layoutChangedMs < LOG_INTERVAL_MS) return;
      layoutChangedMs = nowMs;
      log.event("device.layout_changed", { device: device.label, ...change });
    },
    logQuirks() {
      const current = listQuirks(device.quirks)
        .filter(({ source }) => source !== "device")
        .map(({ name, value, source }) => `${name} = ${value} (${source})`).join(", ");
      if (current !== loggedQuirks && current !== "") {
        log.event("device.quirks", { device: device.label, quirks: current });
      }
      loggedQuirks = current;
    },
    skipModel(skipped) {
      device.skipped = [...device.skipped, skipped];
      const { reason } = skipped;
      if (skippedReasons.includes(reason)) return;
      skippedReasons = [...skippedReasons, reason];
      log.event("device.oddity", { device: device.label, oddity: reason });
    },
    countFailure(reason, expected) {
      counts.failures++;
      lastFailure = reason;
      if (!expected) device.reportEvent("device.failed", { cause: reason, state });
    },
    logFlags(flags) {
      for (const flag of flags) {
        const at = flag.lastIndexOf(":");
        const reason = flag.slice(at + 1);
        if (loggedFlags.has(reason)) continue;
        loggedFlags.add(reason);
        const field = flag.slice(0, at);
        log.event("device.flagged", { device: device.label, field, reason });
      }
    },
    countPoll(records, sampledAtMs) {
      counts.polls++;
      counts.records += records;
      lastPollMs = sampledAtMs;
      lastFailure = null;
    },
    countMissed(slots) {
      counts.slotsMissed += slots;
    },
    countOverrun(slots) {
      counts.overruns++;
      device.reportEvent("device.overrun", { slotsMissed: slots });
    },
    countRestart() {
      counts.restarts++;
    },
    history: () => ({
      schedule: device.schedule,
      sleepDetector: device.sleepDetector,
      counts: { ...counts },
    }),
    resume(past) {
      device.sleepDetector = past.sleepDetector;
      device.schedule = changeGrid(past.schedule, device.schedule.grid);
      counts.polls += past.counts.polls;
      counts.failures += past.counts.failures;
      counts.records += past.counts.records;
      counts.slotsMissed = past.counts.slotsMissed; // the schedule counts those since then
      counts.overruns += past.counts.overruns;
      counts.restarts += past.counts.restarts;
    },
    report: () => ({
      key: entry.key,
      deviceId: device.deviceId,
      host: entry.host,
      port: entry.port,
      unitId: entry.unitId,
      identity: device.identity,
      state,
      ...counts,
      lastPollMs,
      lastFailure,
      notes: describeOmissions({
        skipped: device.skipped,
        parts: device.parts,
        polledModels: device.known?.models.map(({ at }) => at.id),
      }, counts),
      quirks: listQuirks(device.quirks),
    }),
  };
  return device;
}
