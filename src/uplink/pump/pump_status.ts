/**
 * The status of the pump: its state, its alarms and its counters.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { SendFailure } from "../uplink.ts";

/** What the pump is doing. The values are part of the status and of a metric. */
export type PumpState =
  /** A batch is being sent, or is about to be. */
  | "sending"
  /** Nothing to send. */
  | "idle"
  /** Waits for the next attempt after a failure. */
  | "waiting"
  /** A topic or the uplink is blocked (see the alarms); other topics are still sent. */
  | "holding";

/** A problem that the operator must fix. */
export interface Alarm {
  /** The blocked topic; null = the whole uplink. */
  readonly topic: string | null;
  readonly errorName: string;
  /** Message for people: what is wrong and what to do. */
  readonly text: string;
  /** When it was raised, ms since the Unix epoch. */
  readonly raisedAtMs: number;
}

/** The status of the pump. Times are wall clock, ms since the Unix epoch. */
export interface PumpStatus {
  readonly state: PumpState;
  /** When `state` was entered. */
  readonly sinceMs: number;
  readonly alarms: readonly Alarm[];
  /** Batches, rows and payload bytes delivered since the start. */
  readonly batchesDelivered: number;
  readonly rowsDelivered: number;
  readonly bytesDelivered: number;
  /** Time of the last delivery; null = none yet. */
  readonly lastAckMs: number | null;
  /** Failed sends; each of them is repeated. */
  readonly retries: number;
  readonly rowsDeadLettered: number;
  /** The last failure; null after a delivery. */
  readonly lastError: { readonly errorName: string; readonly detail: string } | null;
}

/** An event of the pump, for the log. */
export type PumpEvent =
  | { readonly kind: "alarm_raised" | "alarm_cleared"; readonly alarm: Alarm }
  | {
    /** The first failure after a delivery, and each change of the error name. */
    readonly kind: "failing";
    readonly topic: string;
    readonly errorName: string;
    readonly detail: string;
    readonly rows: number;
  }
  | { readonly kind: "recovered"; readonly topic: string; readonly failures: number }
  | {
    readonly kind: "dead_lettered";
    readonly topic: string;
    readonly id: number;
    readonly reason: string;
  };

/** Keeps {@linkcode PumpStatus} up to date and emits events. */
export interface PumpStatusTracker {
  readonly status: PumpStatus;
  setState(state: PumpState): void;
  /** All sending is paused after a failure. */
  pause(): void;
  /** Nothing can be sent now; `rowsWait`: some topic has rows nevertheless. */
  idle(rowsWait: boolean): void;
  /** Rows of a batch were delivered. */
  delivered(rows: readonly StoredRow[]): void;
  /** A queue of the topic that had failed `failures` times was delivered. */
  recovered(topic: string, failures: number): void;
  /** Clears the alarm of a topic; null = the whole uplink. */
  clear(topic: string | null): void;
  failing(topic: string, rows: number, failure: SendFailure): void;
  failed(failure: SendFailure): void;
  deadLettered(topic: string, id: number, reason: string): void;
  /** Raises an alarm unless the topic already has one with the same text. */
  raise(topic: string | null, errorName: string, text: string): void;
  /** True if the topic has an alarm; null = the whole uplink. */
  isBlocked(topic: string | null): boolean;
}

/** Creates a tracker with all counters at 0. */
export function createPumpStatusTracker(
  clock: Clock,
  onEvent: (event: PumpEvent) => void,
): PumpStatusTracker {
  const alarms = new Map<string | null, Alarm>();
  let status = initialStatus(clock.wallMs());

  function change(next: Partial<PumpStatus>): void {
    status = { ...status, ...next };
  }

  function setState(next: PumpState): void {
    if (next !== status.state) change({ state: next, sinceMs: clock.wallMs() });
  }

  function clearAlarm(topic: string | null): void {
    const alarm = alarms.get(topic);
    if (alarm === undefined) return;
    alarms.delete(topic);
    change({ alarms: [...alarms.values()] });
    onEvent({ kind: "alarm_cleared", alarm });
  }

  return {
    get status() {
      return status;
    },
    setState,
    pause: () => setState(alarms.has(null) ? "holding" : "waiting"),
    idle: (rowsWait) =>
      setState(alarms.size > 0 ? "holding" : rowsWait ? "waiting" : "idle"),
    delivered(rows) {
      const bytes = rows.reduce((sum, row) => sum + row.payload.length, 0);
      change({
        batchesDelivered: status.batchesDelivered + 1,
        rowsDelivered: status.rowsDelivered + rows.length,
        bytesDelivered: status.bytesDelivered + bytes,
        lastAckMs: clock.wallMs(),
        lastError: null,
      });
      clearAlarm(null);
    },
    recovered(topic, failures) {
      if (failures > 0) onEvent({ kind: "recovered", topic, failures });
    },
    clear: clearAlarm,
    failing(topic, rows, failure) {
      onEvent({ kind: "failing", topic, rows, ...failure });
    },
    failed({ errorName, detail }) {
      change({ retries: status.retries + 1, lastError: { errorName, detail } });
    },
    deadLettered(topic, id, reason) {
      change({ rowsDeadLettered: status.rowsDeadLettered + 1 });
      onEvent({ kind: "dead_lettered", topic, id, reason });
    },
    raise(topic, errorName, text) {
      if (alarms.get(topic)?.text === text) return;
      const alarm: Alarm = { topic, errorName, text, raisedAtMs: clock.wallMs() };
      alarms.set(topic, alarm);
      change({ alarms: [...alarms.values()] });
      onEvent({ kind: "alarm_raised", alarm });
    },
    isBlocked: (topic) => alarms.has(topic),
  };
}

function initialStatus(nowMs: number): PumpStatus {
  return {
    state: "idle",
    sinceMs: nowMs,
    alarms: [],
    batchesDelivered: 0,
    rowsDelivered: 0,
    bytesDelivered: 0,
    lastAckMs: null,
    retries: 0,
    rowsDeadLettered: 0,
    lastError: null,
  };
}
