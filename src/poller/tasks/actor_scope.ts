/**
 * What the tasks of one actor share.
 *
 * @module
 */

import type { LogEvents } from "../../base/log.ts";
import { shareAddress } from "../../device/id_registry.ts";
import { effectiveQuirks } from "../../device/quirks.ts";
import { describeDiscoveryFault, type DiscoveryFault } from "../../discovery/probe.ts";
import type { ConnectionOptions, SessionHandle } from "../../modbus/reader.ts";
import type { CommissioningDependencies } from "../commissioning/commissioning.ts";
import type { PollerDependencies } from "../dependencies.ts";
import type { Device } from "../device.ts";
import { discoveryFailureKind } from "../poll_meter.ts";

/** The interfaces that an actor depends on. */
export interface ActorDependencies
  extends PollerDependencies, CommissioningDependencies {}

/** Stops an actor, in three stages. */
export interface ActorSignals {
  /** Ends the actor when its current task is complete: no read is abandoned. */
  readonly leave: AbortSignal;
  /** Abandons the current task, but not records that wait to be appended; aborted with or after `leave`. */
  readonly stop: AbortSignal;
  /** Abandons these records too; aborted after `stop`, if at all. */
  readonly abandon: AbortSignal;
}

/** The state and the interfaces of the tasks of one actor. */
export interface ActorScope {
  readonly device: Device;
  readonly dependencies: ActorDependencies;
  readonly signals: ActorSignals;
  /** The open connections, by link. */
  readonly handles: Map<number, SessionHandle>;
  /** A change that was not logged yet: the rediscovery shows whether it is one. */
  change: LayoutChangeLine | undefined;
}

/** The fields of a `device.changed` line. */
export type LayoutChangeLine = Omit<LogEvents["device.changed"], "device">;

/** The outcome of a task, without the task's id. */
export type TaskResult<Kind extends string> =
  | { readonly kind: Exclude<Kind, "missed" | "changed"> }
  | {
    readonly kind: "failed" | Extract<Kind, "missed" | "changed">;
    readonly reason: string;
  };

/** The handle of an open link. */
export function handleOf({ handles }: ActorScope, link: number): SessionHandle {
  const handle = handles.get(link);
  if (handle === undefined) throw new Error(`Cannot use link ${link}: it is not open`);
  return handle;
}

/** Closes a link; no effect if it is not open. */
export function closeLink({ handles }: ActorScope, link: number): void {
  handles.get(link)?.release();
  handles.delete(link);
}

/** Counts a failed connect or discovery. */
export function failure(
  { dependencies: { meter } }: ActorScope,
  fault: DiscoveryFault,
): { kind: "failed"; reason: string } {
  meter.failed(discoveryFailureKind(fault));
  return { kind: "failed", reason: describeDiscoveryFault(fault) };
}

/** A change that is seen now. */
export function changeNow(
  { dependencies: { clock } }: ActorScope,
  change: string,
): LayoutChangeLine {
  return { at: new Date(clock.wallMs()).toISOString(), change };
}

/** Whether the device at this unit id is the device of another unit of the same address. */
export function isAlias({ duplicateOf, entry }: Device): boolean {
  return duplicateOf !== undefined && shareAddress(duplicateOf, entry.key);
}

/** Connection options from the quirks that are known so far. */
export function connectionOptions({ entry, quirks }: Device): ConnectionOptions {
  const { gapMs = 0, connectGapMs = 0, echoesTransactionId = true } = effectiveQuirks(
    quirks,
  );
  const { connectTimeoutMs } = entry;
  return { gapMs, connectGapMs, connectTimeoutMs, echoesTransactionId };
}
