/**
 * What is known of a device, and how it stands: all that outlives a restart
 * of its actor. The actor changes it, the supervisor reports it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log, LogEvents, LogFields } from "../base/log.ts";
import type { DeviceLayout, Identity } from "../device/layout.ts";
import { listQuirks, type QuirkLayers } from "../device/quirks.ts";
import type { ReadLimits } from "../sunspec/plan/read_plan.ts";
import type { PlannedModel, PollPlan } from "../sunspec/plan/poll_plan.ts";
import { createDesk, type Desk } from "../records/record_builder.ts";
import type { Draft } from "../records/record.ts";
import { begin, gridOf, regrid, type Schedule } from "./schedule/grid.ts";
import { createNight, type Night } from "./schedule/night.ts";
import type { DeviceReport } from "./device_report.ts";
import type { RosterEntry } from "./roster/roster.ts";
import type { DeviceState, PollSink } from "./sink.ts";
import { createVoice, LINE_EVERY_MS } from "./log_rate_limiter.ts";

/** A layout, and what was learned of how to poll it. */
export interface Known {
  readonly layout: DeviceLayout;
  /** The models that records are made from, and model 1. */
  readonly models: readonly PlannedModel[];
  /** Those of them that every poll reads. */
  readonly quick: readonly PlannedModel[];
  /** Who it says it is in its polls; undefined until the first good one. */
  readonly identity: Identity | undefined;
  /** What one read may ask for. */
  readonly limits: ReadLimits;
  /** By `limits` and `identity`. */
  readonly plan: PollPlan;
  /** The same with the models that seldom change. */
  readonly wholePlan: PollPlan;
  /** A poll within these limits has answered. */
  readonly proven: boolean;
  /** Its last poll was refused: after the next connect it is discovered again. */
  readonly doubted: boolean;
}

/** The events that a device may repeat. */
export type RepeatedEvent = "device.failed" | "device.overrun" | "device.changed";

/** What a device stands on. */
export interface DeviceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly sink: Pick<PollSink, "deviceState">;
}

/** What a device has counted since the start of the agent; see {@linkcode DeviceReport}. */
export type DeviceCounts = Pick<
  DeviceReport,
  "polls" | "failures" | "records" | "slotsMissed" | "overruns" | "restarts"
>;

/** What a device leaves behind: its place in its grid, its counts, what its past says. */
export interface DevicePast {
  readonly schedule: Schedule;
  readonly desk: Desk;
  /** The `prefer` that its desk follows. */
  readonly prefer: RosterEntry["prefer"];
  readonly night: Night;
  readonly counts: DeviceCounts;
}

/** A device of the roster. Its fields are the actor's to change. */
export interface Device {
  readonly entry: RosterEntry;
  /** Its id, or its key while it has none: for logs. */
  readonly label: string;
  /** What it needs, and who says so. */
  quirks: QuirkLayers;
  /** How many discoveries in a row had no answer. */
  silences: number;
  /** A model of it is left out, because it refuses to give it. */
  lacks: boolean;
  /** Its memory was asked: once, at the start. */
  recalled: boolean;
  /** Its first poll need not wait for its next slot. */
  eager: boolean;
  /** Undefined = not discovered, or no longer trusted. */
  known: Known | undefined;
  schedule: Schedule;
  deviceId: string | null;
  identity: Identity | null;
  /** How many models a chain had that ended in silence; undefined = the last one did not. */
  cutChain: number | undefined;
  /** The unit that has the same id, which is why this one is not polled. */
  duplicateOf: string | undefined;
  /** Makes its records. */
  desk: Desk;
  /** What its past says of its silence. */
  night: Night;
  /** `monotonicMs` of the last poll that read all models; -Infinity = none of this layout. */
  wholeMs: number;
  /** `monotonicMs` of the last discovery that gave a layout. */
  discoveredMs: number;
  /** The models without a definition that were logged last. */
  unknownModels: string;
  /** The oddities that were logged last. */
  oddities: readonly string[];
  readonly state: DeviceState;
  /** Takes the id that was found; where it had another, that one is told to be gone. */
  named(deviceId: string): void;
  /** Says how it stands; the sink and the log are told of changes alone. */
  tell(state: DeviceState, reason: string | null): void;
  /** Has an event of the device said in the log in its turn: see `voice.ts`. */
  mention<N extends RepeatedEvent>(
    name: N,
    fields: Omit<LogEvents[N], "device"> & LogFields,
  ): void;
  /** Says what is due to be logged; to be called every second or so. */
  beat(): void;
  /** Logs, for those who look closely, how it is laid out; once a minute at most. */
  discovered(base: number, models: readonly number[]): void;
  /** Logs what it needs that nobody set for it, if that is news. */
  tellQuirks(): void;
  /** Logs that one of its models is left out, in words. */
  leftOut(what: string): void;
  /** Counts a failure; mentions it, unless it was `expected`. */
  failed(why: string, expected: boolean): void;
  /** Logs what its records are flagged with, each reason once. */
  flagged(drafts: readonly Draft[]): void;
  /** Counts a poll that answered, and the records that came of it. */
  answered(drafts: readonly Draft[], sampledAtMs: number): void;
  /** Counts slots that gave no record. */
  missed(slots: number): void;
  /** Counts a poll that was still running when its next slot came, and mentions it. */
  overran(slots: number): void;
  /** Counts a restart. */
  restarted(): void;
  /** What it leaves behind if it leaves the roster now. */
  past(): DevicePast;
  /** Goes on where it was before it left: every slot since then was missed. */
  resume(past: DevicePast): void;
  report(): DeviceReport;
}

/** Makes a device of which nothing is known yet. */
export function createDevice(entry: RosterEntry, parts: DeviceParts): Device {
  const { clock, log, sink } = parts;
  let state: DeviceState = "connecting";
  let discoveredMs = -Infinity;
  let leftOut: readonly string[] = [];
  let lastPollMs: number | null = null;
  let lastDrafts: readonly Draft[] = [];
  let lastFailure: string | null = null;
  const reasonsTold = new Set<string>();
  let quirksTold = "";
  const voice = createVoice<(unlogged: number) => void>({
    nowMs: () => clock.monotonicMs(),
    say: (line, unlogged) => line(unlogged),
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
        return voice.stands(state, (unlogged) =>
          log.event("device.offline", {
            device: device.label,
            cause: cause ?? "",
            unlogged,
          }));
      case "quarantined":
        // It is a bug, and seldom: at once.
        log.event("device.quarantined", { device: device.label, error: cause ?? "" });
        return;
      default: {
        const name = `device.${state}` as const;
        voice.stands(
          state,
          (unlogged) => log.event(name, { device: device.label, unlogged }),
        );
      }
    }
  }

  /** Tells the sink, under the id that the device has now. */
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
    silences: 0,
    lacks: false,
    recalled: false,
    eager: false,
    known: undefined,
    schedule: begin(gridOf(entry.deviceId ?? entry.key, entry.intervalMs), {
      wallMs: clock.wallMs(),
      monotonicMs: clock.monotonicMs(),
    }),
    deviceId: entry.deviceId,
    identity: null,
    cutChain: undefined,
    duplicateOf: undefined,
    desk: createDesk({ prefer: entry.prefer, publish: entry.publish }),
    night: createNight(),
    wholeMs: -Infinity,
    discoveredMs: -Infinity,
    unknownModels: "",
    oddities: [],
    get label() {
      return device.deviceId ?? entry.key;
    },
    get state() {
      return state;
    },
    named(deviceId) {
      const { deviceId: before } = device;
      if (before !== null && before !== deviceId) {
        if (state !== "offline") change("offline", `${deviceId} stands in its place`);
        state = "connecting"; // Of the new one nothing is known yet.
      }
      device.deviceId = deviceId;
    },
    tell(next, reason) {
      if (next === state) return;
      if (reason !== null) lastFailure = reason;
      change(next, reason);
      logState(reason);
    },
    mention(name, fields) {
      voice.happened((unlogged) => {
        const line: LogFields = { ...fields, device: device.label, unlogged };
        log.event(name, line as LogEvents[typeof name] & LogFields);
      });
    },
    beat: () => voice.beat(),
    discovered(base, models) {
      const nowMs = clock.monotonicMs();
      if (nowMs - discoveredMs < LINE_EVERY_MS) return;
      discoveredMs = nowMs;
      log.event("device.discovered", { device: device.label, base, models });
    },
    tellQuirks() {
      const told = listQuirks(device.quirks)
        .filter(({ source }) => source !== "device")
        .map(({ name, value, source }) => `${name} = ${value} (${source})`).join(", ");
      if (told !== quirksTold && told !== "") {
        log.event("device.quirks", { device: device.label, quirks: told });
      }
      quirksTold = told;
    },
    leftOut(what) {
      device.lacks = true;
      if (leftOut.includes(what)) return;
      leftOut = [...leftOut, what];
      log.event("device.oddity", { device: device.label, oddity: what });
    },
    failed(why, expected) {
      counts.failures++;
      lastFailure = why;
      if (!expected) device.mention("device.failed", { cause: why, state });
    },
    flagged(drafts) {
      for (const flag of drafts.flatMap(({ source }) => source.flags)) {
        const at = flag.lastIndexOf(":");
        const reason = flag.slice(at + 1);
        if (reasonsTold.has(reason)) continue;
        reasonsTold.add(reason);
        const field = flag.slice(0, at);
        log.event("device.flagged", { device: device.label, field, reason });
      }
    },
    answered(drafts, sampledAtMs) {
      counts.polls++;
      counts.records += drafts.length;
      lastPollMs = sampledAtMs;
      lastDrafts = drafts;
      lastFailure = null;
    },
    missed(slots) {
      counts.slotsMissed += slots;
    },
    overran(slots) {
      counts.overruns++;
      device.mention("device.overrun", { slotsMissed: slots });
    },
    restarted() {
      counts.restarts++;
    },
    past: () => ({
      schedule: device.schedule,
      desk: device.desk,
      prefer: entry.prefer,
      night: device.night,
      counts: { ...counts },
    }),
    resume(past) {
      if (past.prefer === entry.prefer) device.desk = past.desk;
      device.night = past.night;
      device.schedule = regrid(past.schedule, device.schedule.grid);
      counts.polls += past.counts.polls;
      counts.failures += past.counts.failures;
      counts.records += past.counts.records;
      counts.slotsMissed = past.counts.slotsMissed; // those since are counted by the schedule
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
      lastDrafts,
      lastFailure,
      quirks: listQuirks(device.quirks),
    }),
  };
  return device;
}
