/**
 * How the agent stands, as one JSON object: `GET /status` gives it, the command
 * `status` shows it, `scan` and `doctor` read which addresses are taken.
 *
 * Fields are only ever added. One that changes its meaning gets another name
 * or, if that cannot be, {@linkcode STATUS_FORMAT} rises.
 *
 * @module
 */

import type { Health, Trouble } from "./health.ts";

/** The version of the shape of {@linkcode AgentStatus}. */
export const STATUS_FORMAT = 1;

/** How the agent stands. Every `...Ms` that ends in `AtMs` is wall clock, ms since the Unix epoch. */
export interface AgentStatus {
  /** {@linkcode STATUS_FORMAT} */
  readonly format: number;
  /** Of the program. */
  readonly version: string;
  readonly pid: number;
  readonly gateway: string;
  readonly site: string | null;
  /** When the process began. */
  readonly sinceAtMs: number;
  /** When this was written. */
  readonly writtenAtMs: number;
  readonly phase: AgentPhase;
  readonly health: Health;
  /** One line for people, the worst first: the same that systemd is told. */
  readonly summary: string;
  /** What is wrong now, the worst first. */
  readonly troubles: readonly Trouble[];
  /** No part hangs: the watchdog is fed. */
  readonly alive: boolean;
  /** The buffer takes readings and every device has been asked. */
  readonly ready: boolean;
  /** In the order of the configuration. */
  readonly devices: readonly DeviceStatus[];
  /** Null = not open yet. */
  readonly buffer: BufferStatus | null;
  /** Null = none, or not there yet. */
  readonly uplink: UplinkStatus | null;
  readonly clock: ClockStatus;
  readonly memory: MemoryStatus;
}

/** Where the agent is in its life. */
export type AgentPhase = "starting" | "running" | "stopping";

/** One unit that is polled. */
export interface DeviceStatus {
  /** Null = has none yet: it is made of what the device says. */
  readonly id: string | null;
  /** Name or IP address, as configured. */
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  readonly state: "connecting" | "online" | "asleep" | "offline" | "quarantined";
  /** In words, why it does not answer; null = it does, or it was not asked yet. */
  readonly reason: string | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  /** The last poll that answered; null = none since the start. */
  readonly lastPollAtMs: number | null;
  /** Since the start: polls that answered, attempts that failed, slots without a record, overruns, records, restarts. */
  readonly polls: number;
  readonly failures: number;
  readonly slotsMissed: number;
  readonly overruns: number;
  readonly records: number;
  readonly restarts: number;
}

/** The buffer, as of its last commit. */
export interface BufferStatus {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** What `bytes` are kept below: `max_bytes` less the share of the log. */
  readonly bytesMax: number;
  /** `sampled_at` of the oldest row; null = empty. */
  readonly oldestAtMs: number | null;
  /** Records that are not on disk yet. */
  readonly waiting: number;
  /** When rows were last given up; null = not since the start. */
  readonly givenUpAtMs: number | null;
  /** Since the start: rows committed and their payload, rows given up, dead letters, commits. */
  readonly stored: number;
  readonly storedBytes: number;
  readonly givenUp: number;
  readonly deadLetters: number;
  readonly commits: number;
  readonly commitsFailed: number;
  /** Why the last commit failed; null = it did not. */
  readonly error: string | null;
}

/** The way to the far side. */
export interface UplinkStatus {
  /** `kafka kafka1.example:9093`, without secrets. */
  readonly name: string;
  readonly state: "sending" | "idle" | "waiting" | "holding";
  /** When `state` was entered. */
  readonly stateAtMs: number;
  /** When the far side last took rows; null = not since the start. */
  readonly lastAckAtMs: number | null;
  /** Since the start: batches, rows and payload that the far side took, sends made again, rows it refused for good. */
  readonly batches: number;
  readonly rowsDelivered: number;
  readonly bytesDelivered: number;
  readonly retries: number;
  readonly rowsRefused: number;
  /** The last failure in words, until rows are taken again; null = none. */
  readonly error: string | null;
  /** What only a person can mend, in words. */
  readonly alarms: readonly string[];
}

/** The machine's clock. */
export interface ClockStatus {
  /** Null = this machine does not say. */
  readonly synced: boolean | null;
}

/** The process's memory. */
export interface MemoryStatus {
  /** Resident, with all shared pages. */
  readonly rssBytes: number;
  /** Of the JavaScript heap: in use, and the bound at which the process ends. */
  readonly heapUsedBytes: number;
  readonly heapMaxBytes: number | null;
}
