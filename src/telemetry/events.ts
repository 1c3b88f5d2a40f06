/**
 * Drafts of `CollectorEvent`: what happens to devices, to rows and to the
 * gateway itself.
 *
 * @module
 */

import type { RecordIdentity } from "./normalise.ts";
import type { Draft } from "./record.ts";

/** What every event knows. */
export interface EventContext {
  readonly gateway: string;
  readonly site: string | null;
  /** Wall clock when it happened, ms since the Unix epoch. */
  readonly atMs: number;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clockSynced: boolean | null;
}

/** Which device an event is about. */
export interface EventDevice {
  readonly deviceId: string;
  readonly unitId: number | null;
  /** null = never identified. */
  readonly identity: RecordIdentity | null;
}

/** The states of a device that are told. */
export type DeviceState = "online" | "asleep" | "offline" | "quarantined";

/** Numbers that were given and given up. */
export interface Gap {
  /** `gateway/device/type`. */
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
}

/** A device's counts since the start of the agent. */
export interface DeviceHealth {
  readonly deviceId: string;
  readonly polls: number;
  readonly failures: number;
  readonly slotsMissed: number;
  readonly state: string;
}

/** The state of the gateway. */
export interface Health {
  readonly version: string;
  readonly rowsBuffered: number;
  /** Age of the oldest row that waits, in ms; null = none waits. */
  readonly oldestAgeMs: number | null;
  readonly devices: readonly DeviceHealth[];
}

/** A device's state changed. `reason` is in words, for people. */
export function deviceStateEvent(
  _context: EventContext,
  _device: EventDevice,
  _change: {
    readonly state: DeviceState;
    readonly previousState: DeviceState | null;
    readonly reason: string | null;
  },
): Draft {
  throw new Error("not yet");
}

/** Rows were given up after they were numbered. */
export function gapEvent(_context: EventContext, _gap: Gap): Draft {
  throw new Error("not yet");
}

/** The gateway's own sign of life, once a minute. */
export function heartbeatEvent(_context: EventContext, _health: Health): Draft {
  throw new Error("not yet");
}
