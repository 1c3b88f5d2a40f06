/**
 * The states of a device that the poller reports.
 *
 * @module
 */

import type { Identity } from "../sunspec/identity.ts";

/** The state of a device. */
export type DeviceState =
  /** Neither a successful poll nor a failure yet. */
  | "connecting"
  | "online"
  /** An inverter at night: it reports so, shows only its energy counter, or stopped answering while it produced nothing. */
  | "asleep"
  | "offline"
  /** Its actor threw too often and is paused. */
  | "quarantined";

/** A change of a device's state. */
export interface DeviceStateTransition {
  /** Null = not known yet: no id is configured and the device was never identified. */
  readonly deviceId: string | null;
  /** `host:port/unit`, for people and logs; never an id. */
  readonly key: string;
  readonly unitId: number;
  /** Null = never identified since the start. */
  readonly identity: Identity | null;
  readonly state: DeviceState;
  readonly previous: DeviceState;
  /** The step that failed and the likely cause, as text; null = none. */
  readonly reason: string | null;
  /** Wall clock, in ms since the Unix epoch. */
  readonly atMs: number;
}
