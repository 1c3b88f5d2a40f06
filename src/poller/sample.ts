/**
 * The samples that the poller emits, and the interface of their receiver. The poller
 * knows no record: a sample is not decoded.
 *
 * @module
 */

import type { FrameFaults } from "../sunspec/decode/decoded.ts";
import type { ModelReading } from "../sunspec/decode/model_reading.ts";
import type { RegisterImage } from "../sunspec/decode/register_image.ts";
import type { Identity } from "../sunspec/identity.ts";
import type { PartTexts } from "../sunspec/chain_parts.ts";
import type { PollPlan } from "../sunspec/plan/poll_plan.ts";
import type { DeviceStateTransition } from "./device_state.ts";

/** The models from one model 1 to the next. */
export interface SampleSegment {
  /** Zero-based address of its first model. */
  readonly address: number;
  /** 1 = the device itself, n = the sub-device `<id>.<n>`; null = not recognised: no record is made. */
  readonly number: number | null;
  /** As this poll or an earlier one read it. */
  readonly identity: Identity;
}

/** The parts of a device. */
export interface SampleParts {
  /** In chain order; never empty. */
  readonly segments: readonly SampleSegment[];
  /** The numbers of all sub-devices that were ever seen, and of ids of other devices. */
  readonly subDevices: ReadonlySet<number>;
  /** The highest k of a record `<id>.<k>` of the device itself; 0 = none. */
  readonly instances: number;
}

/** The registers of one successful poll of one device, with the plan and the times of the poll. */
export interface Sample {
  /** `host:port/unit`: the roster entry that was polled. */
  readonly key: string;
  readonly deviceId: string;
  readonly unitId: number;
  readonly identity: Identity;
  readonly parts: SampleParts;
  /** The reads of the poll and the models that they contain. */
  readonly plan: PollPlan;
  /** The responses to the reads of `plan`; verified by `checkPoll`. */
  readonly image: RegisterImage;
  /** Models of the plan with impossible registers; absent = none. */
  readonly faults?: FrameFaults;
  /** Interval of the device's slots, in ms. */
  readonly intervalMs: number;
  /** The slot of the poll, in intervals since the Unix epoch. */
  readonly slot: number;
  /** Slots without a record since the device's last record. */
  readonly slotsMissed: number;
  /** Wall clock at the start of the first request, in ms since the Unix epoch. */
  readonly sampledAtMs: number;
  /** From the start of the first request to the last response, in ms. */
  readonly readDurationMs: number;
  /** Monotonic clock when the sample was complete, in ms. */
  readonly monotonicMs: number;
}

/** Result of processing a sample; the poller's schedule and log depend on it. */
export interface SampleOutcome {
  /** The decoded models, in the order of the plan. */
  readonly models: readonly ModelReading[];
  /** Number of records. */
  readonly records: number;
  /** `field:reason` of every flag on the records. */
  readonly flags: readonly string[];
  /** The highest k of a record `<id>.<k>` of the device itself; 0 = none. */
  readonly instances: number;
}

/** Models of one part of a device that came or went. */
export interface ChangedPart {
  /** Id of the device or of the sub-device. */
  readonly deviceId: string;
  readonly texts: PartTexts;
  /** Ids of the models, in chain order; all of the part, if all of it came or went. */
  readonly models: readonly number[];
}

/** The difference between two chains of a device. */
export interface LayoutDifference {
  readonly came: readonly ChangedPart[];
  readonly went: readonly ChangedPart[];
}

/** A change of the models of a device. */
export interface LayoutTransition extends LayoutDifference {
  readonly deviceId: string;
  readonly unitId: number;
  readonly identity: Identity | null;
  /** Wall clock, in ms since the Unix epoch. */
  readonly atMs: number;
}

/** Receives what the poller emits. */
export interface SampleSink {
  /**
   * Processes a sample. The sample is decoded and turned into records before this
   * function returns; the promise resolves once the records are appended.
   *
   * @throws the reason of `signal`; records that were not appended by then are lost.
   */
  sample(sample: Sample, signal: AbortSignal): Promise<SampleOutcome>;
  /** Called once per state change. It must not wait. */
  deviceState(change: DeviceStateTransition): void;
  /** Called once per change of a device's models. It must not wait. */
  layoutChanged(change: LayoutTransition): void;
}

/** Which models of a device are polled. */
export interface ModelSelection {
  /** Ids of the models that are polled unless the device's settings select all of them. */
  readonly used: ReadonlySet<number>;
  /** Ids of the used models whose values seldom change; most polls skip them. */
  readonly slow: ReadonlySet<number>;
  /**
   * Lists the models of a part whose normalised records are numbered by their order;
   * empty = it has at most one of each kind. Null = no such record is made of these
   * models.
   */
  readonly listOrdered: (ids: readonly number[]) => readonly number[] | null;
}
