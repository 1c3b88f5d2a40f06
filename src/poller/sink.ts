/**
 * Where the poller's findings go; the wiring (`app.ts`) hands it in.
 *
 * @module
 */

import type { Identity } from "../device/layout.ts";
import type { Draft } from "../records/record.ts";

/** How a device stands, as people are told. */
export type DeviceState =
  /** Not one good poll yet, and no failure. */
  | "connecting"
  | "online"
  /** An inverter by night: it says so, shows nothing but its energy, or fell silent when it made nothing. */
  | "asleep"
  | "offline"
  /** Its actor threw too often and is left alone for a while. */
  | "quarantined";

/** A device came to stand otherwise than before. */
export interface DeviceStateChange {
  /** Null = not known yet: it has no configured id and was never identified. */
  readonly deviceId: string | null;
  /** `host:port/unit`, for people and logs; never an id. */
  readonly key: string;
  readonly unitId: number;
  /** Null = never identified since the start. */
  readonly identity: Identity | null;
  readonly state: DeviceState;
  readonly previous: DeviceState;
  /** In words: the step that failed and the likely cause; null = nothing to say. */
  readonly reason: string | null;
  /** Wall clock, ms since the Unix epoch. */
  readonly atMs: number;
}

/** Takes what the poller finds. */
export interface PollSink {
  /**
   * Takes the drafts of one poll, in order, waiting for room.
   *
   * @throws the reason of `signal`; drafts that were not taken by then are given up.
   */
  offer(drafts: readonly Draft[], signal: AbortSignal): Promise<void>;
  /** Told once of each change. It must not wait. */
  deviceState(change: DeviceStateChange): void;
}
