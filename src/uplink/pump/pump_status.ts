/**
 * The pump's book: what it is doing, what troubles it, what it has done.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { SendFailure } from "../uplink.ts";

/** What the pump is doing. */
export type PumpState =
  /** Rows are on their way, or about to be. */
  | "sending"
  /** Nothing to send. */
  | "idle"
  /** The far side is away; the next try is set. */
  | "waiting"
  /** Only a person can help: see the alarms. What can flow, flows. */
  | "holding";

/** Something that only a person can mend. */
export interface Alarm {
  /** The topic that is on hold; null = all of them. */
  readonly topic: string | null;
  readonly errorName: string;
  /** What is wrong and what mends it, in words. */
  readonly text: string;
  /** Wall clock when it was raised, ms since the Unix epoch. */
  readonly raisedAtMs: number;
}

/** How the pump stands. Times are wall clock, ms since the Unix epoch. */
export interface PumpStatus {
  readonly state: PumpState;
  /** When `state` was entered. */
  readonly sinceMs: number;
  readonly alarms: readonly Alarm[];
  /** Batches, rows and payload bytes that the far side took since the start. */
  readonly batchesDelivered: number;
  readonly rowsDelivered: number;
  readonly bytesDelivered: number;
  /** When the far side last took rows; null = not yet. */
  readonly lastAckMs: number | null;
  /** Sends that had to be made again. */
  readonly retries: number;
  /** Rows set aside as dead letters. */
  readonly rowsBuried: number;
  /** The last failure, cleared by the next success. */
  readonly lastError: { readonly errorName: string; readonly detail: string } | null;
}

/** News of the pump, for the log. */
export type PumpEvent =
  | { readonly is: "alarm_raised" | "alarm_cleared"; readonly alarm: Alarm }
  | {
    /** First failure after a success, and each change of its name. */
    readonly is: "failing";
    readonly topic: string;
    readonly errorName: string;
    readonly detail: string;
    readonly rows: number;
  }
  | { readonly is: "recovered"; readonly topic: string; readonly failures: number }
  | {
    readonly is: "buried";
    readonly topic: string;
    readonly id: number;
    readonly reason: string;
  };

/** Keeps {@linkcode PumpStatus} and tells of its changes. */
export interface PumpBook {
  readonly status: PumpStatus;
  state(state: PumpState): void;
  /** All sending rests after a failure. */
  pause(): void;
  /** Nothing can be sent now; `rowsWait` if some topic has rows all the same. */
  idle(rowsWait: boolean): void;
  /** The far side took a batch; the topic had failed `failures` times before. */
  taken(topic: string, rows: readonly StoredRow[], failures: number): void;
  failing(topic: string, rows: number, failure: SendFailure): void;
  failed(failure: SendFailure): void;
  buried(topic: string, id: number, reason: string): void;
  /** Raises an alarm unless the same one stands. */
  raise(topic: string | null, errorName: string, text: string): void;
  isHeld(topic: string | null): boolean;
}

/** Opens an empty book. */
export function createPumpBook(
  clock: Clock,
  onEvent: (event: PumpEvent) => void,
): PumpBook {
  const alarms = new Map<string | null, Alarm>();
  let status: PumpStatus = {
    state: "idle",
    sinceMs: clock.wallMs(),
    alarms: [],
    batchesDelivered: 0,
    rowsDelivered: 0,
    bytesDelivered: 0,
    lastAckMs: null,
    retries: 0,
    rowsBuried: 0,
    lastError: null,
  };

  function change(next: Partial<PumpStatus>): void {
    status = { ...status, ...next };
  }

  function state(next: PumpState): void {
    if (next !== status.state) change({ state: next, sinceMs: clock.wallMs() });
  }

  function clear(topic: string | null): void {
    const alarm = alarms.get(topic);
    if (alarm === undefined) return;
    alarms.delete(topic);
    change({ alarms: [...alarms.values()] });
    onEvent({ is: "alarm_cleared", alarm });
  }

  return {
    get status() {
      return status;
    },
    state,
    pause: () => state(alarms.has(null) ? "holding" : "waiting"),
    idle: (rowsWait) =>
      state(alarms.size > 0 ? "holding" : rowsWait ? "waiting" : "idle"),
    taken(topic, rows, failures) {
      const bytes = rows.reduce((sum, row) => sum + row.payload.length, 0);
      change({
        batchesDelivered: status.batchesDelivered + 1,
        rowsDelivered: status.rowsDelivered + rows.length,
        bytesDelivered: status.bytesDelivered + bytes,
        lastAckMs: clock.wallMs(),
        lastError: null,
      });
      clear(topic);
      clear(null);
      if (failures > 0) onEvent({ is: "recovered", topic, failures });
    },
    failing(topic, rows, failure) {
      onEvent({ is: "failing", topic, rows, ...failure });
    },
    failed({ errorName, detail }) {
      change({ retries: status.retries + 1, lastError: { errorName, detail } });
    },
    buried(topic, id, reason) {
      change({ rowsBuried: status.rowsBuried + 1 });
      onEvent({ is: "buried", topic, id, reason });
    },
    raise(topic, errorName, text) {
      if (alarms.get(topic)?.text === text) return;
      const alarm: Alarm = { topic, errorName, text, raisedAtMs: clock.wallMs() };
      alarms.set(topic, alarm);
      change({ alarms: [...alarms.values()] });
      onEvent({ is: "alarm_raised", alarm });
    },
    isHeld: (topic) => alarms.has(topic),
  };
}
