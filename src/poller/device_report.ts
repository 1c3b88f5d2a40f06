/**
 * What the poller tells of its devices: counts since the start of the agent.
 *
 * @module
 */

import type { Identity } from "../device/layout.ts";
import type { ListedQuirk } from "../device/quirks.ts";
import type { Draft } from "../records/record.ts";
import type { RosterEntry } from "./roster/roster.ts";
import type { RosterChange } from "./roster/roster_change.ts";
import type { DeviceState } from "./sink.ts";

/** One device's counts and state. */
export interface DeviceReport {
  /** `host:port/unit`. */
  readonly key: string;
  /** Null = not known yet. */
  readonly deviceId: string | null;
  /** Name or IP address, as configured. */
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Null = never identified since the start. */
  readonly identity: Identity | null;
  readonly state: DeviceState;
  /** Polls that answered. */
  readonly polls: number;
  /** Connects, discoveries and polls that failed. */
  readonly failures: number;
  /** Records that were made and taken. */
  readonly records: number;
  /** Slots of the grid that gave no record. */
  readonly slotsMissed: number;
  /** Times that a poll was still running when its next slot came. */
  readonly overruns: number;
  /** Times that the actor threw and was started again. */
  readonly restarts: number;
  /** Wall clock of the last poll that answered, ms since the Unix epoch; null = none yet. */
  readonly lastPollMs: number | null;
  /** What the last poll that answered gave. */
  readonly lastDrafts: readonly Draft[];
  /** What it needs that others do not, and who says so. */
  readonly quirks: readonly ListedQuirk[];
  /** The last failure, in words, until a poll answers; null = none. */
  readonly lastFailure: string | null;
}

/** The poller as the wiring sees it. */
export interface Supervisor {
  /** One report for each entry of the roster, in its order, as of now. */
  readonly devices: readonly DeviceReport[];
  /** `monotonicMs` of the scheduler's last sign of life (every second or so): for the watchdog. */
  readonly lastMoveMs: number;
  /** The latest that the scheduler ever woke, in ms. */
  readonly latenessMaxMs: number;
  /**
   * Follows a roster that has changed: entries that are equal in both go on
   * untouched. Those that left or differ may finish a poll that is under way; a
   * device that comes back, by its id, goes on with its counts and its missed
   * slots. Resolves once the new entries are polled; calls take their turns.
   */
  follow(roster: readonly RosterEntry[]): Promise<RosterChange>;
  /**
   * Stops every actor: reads under way are abandoned, records that wait for room
   * have `graceMs` to find it. Resolves within `graceMs` and a little; idempotent.
   */
  stop(graceMs?: number): Promise<void>;
}
