/**
 * Report of the poller on each device: its state and its counters since the
 * start of the agent.
 *
 * @module
 */

import type { EffectiveQuirk } from "../device/quirks.ts";
import type { Identity } from "../sunspec/identity.ts";
import type { DeviceState } from "./device_state.ts";

/** The state and the counters of one device. */
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
  /** Successful polls. */
  readonly polls: number;
  /** Failed connects, discoveries and polls. */
  readonly failures: number;
  /** Records that were made and appended. */
  readonly records: number;
  /** Slots of the grid without a record. */
  readonly slotsMissed: number;
  /** Polls that were still running when their device's next slot began. */
  readonly overruns: number;
  /** Restarts of the actor after it threw. */
  readonly restarts: number;
  /** Wall clock of the last successful poll, in ms since the Unix epoch; null = none yet. */
  readonly lastPollMs: number | null;
  /** The quirks in effect, with their sources. */
  readonly quirks: readonly EffectiveQuirk[];
  /** What is left out of the records of a device that answers, and why; for people. */
  readonly notes: readonly string[];
  /** The last failure as text, until a poll succeeds; null = none. */
  readonly lastFailure: string | null;
}
