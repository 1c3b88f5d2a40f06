/**
 * Reads the registers of one poll. A read that fails ends the poll: there are no
 * partial samples.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { bad, good, type Result } from "../base/result.ts";
import { describeFault, EXCEPTION, type ModbusFault } from "../modbus/faults.ts";
import type { ReadFunction, RegisterReader } from "../modbus/reader.ts";
import type { FrameFaults } from "../sunspec/decode/decoded.ts";
import {
  createFrameHistory,
  type FrameHistory,
} from "../sunspec/decode/frame_history.ts";
import {
  checkPoll,
  describePollChange,
  type PlacedIdentity,
  type PollChange,
} from "../sunspec/decode/poll_check.ts";
import type { Identity } from "../sunspec/identity.ts";
import {
  createRegisterImage,
  type PollPlan,
  type RegisterImage,
} from "../sunspec/plan/poll_plan.ts";
import type { Span } from "../sunspec/plan/read_plan.ts";

/** Every device accepts reads of up to this many registers, regardless of its own limit. */
export const SMALL_READ_COUNT = 10;

/** The registers that one poll read. */
export interface RegisterReading {
  /** The responses to the reads of the plan. */
  readonly image: RegisterImage;
  /** The identity that the poll read; undefined = it did not read model 1. */
  readonly identity: Identity | undefined;
  /** Models with impossible registers, also when read again. */
  readonly faults: FrameFaults;
  /** The identity in each model 1 that the poll read, in chain order. */
  readonly identities: readonly PlacedIdentity[];
  /** Wall clock at the start of the first request, in ms since the Unix epoch. */
  readonly startedAtMs: number;
  /** From the start of the first request to the last response, in ms. */
  readonly durationMs: number;
}

/** Why a poll failed. */
export type PollFault =
  /** A read failed. */
  | { readonly kind: "read"; readonly span: Span; readonly fault: ModbusFault }
  /** The device refuses a large read (exceptions 2 and 3) and may require smaller ones. */
  | {
    readonly kind: "limit-suspected";
    readonly span: Span;
    readonly fault: ModbusFault;
  }
  /** The device does not match the plan and must be discovered again. */
  | { readonly kind: "layout-changed"; readonly changes: readonly PollChange[] };

/** The unit to read; a `DeviceLayout` is one. */
export interface ReadTarget {
  readonly unitId: number;
  readonly functionCode: ReadFunction;
}

/** How to read. */
export interface PollReadOptions {
  /** Timeout of each request, in ms. */
  readonly timeoutMs: number;
  /** The earlier polls of the device; updated by a successful poll. */
  readonly frames?: FrameHistory;
}

/**
 * Carries out the reads of a plan and verifies the responses against it. If a scale
 * factor changed between two requests, or if the registers of a model are impossible,
 * the reads concerned are repeated once; if that does not help, decoding gives null and
 * a flag for the values concerned.
 *
 * @throws the reason of `signal`.
 */
export async function readRegisters(
  reader: RegisterReader,
  unit: ReadTarget,
  plan: PollPlan,
  options: PollReadOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<RegisterReading, PollFault>> {
  const { unitId, functionCode } = unit;
  const { timeoutMs, frames = createFrameHistory() } = options;
  const image = createRegisterImage();
  const startedAtMs = clock.wallMs();
  const startMs = clock.monotonicMs();
  let endMs = startMs;

  async function readAll(spans: readonly Span[]): Promise<PollFault | undefined> {
    for (const span of spans) {
      const { address, count } = span;
      const answer = await reader.read(
        { unitId, functionCode, address, count, timeoutMs },
        signal,
      );
      endMs = clock.monotonicMs();
      if (!answer.ok) return classify(span, answer.fault);
      image.put(span, answer.value);
    }
    return undefined;
  }

  const fault = await readAll(plan.reads);
  if (fault !== undefined) return bad(fault);
  let check = checkPoll(plan, image, frames);
  if (check.ok && check.rereads.length > 0) {
    const repeated = await readAll(check.rereads);
    if (repeated !== undefined) return bad(repeated);
    check = checkPoll(plan, image, frames);
  }
  if (!check.ok) return bad({ kind: "layout-changed", changes: check.changes });
  const { identity, identities, faults } = check;
  frames.note(plan, image, faults);
  const durationMs = endMs - startMs;
  return good({ image, identity, identities, faults, startedAtMs, durationMs });
}

function classify(span: Span, fault: ModbusFault): PollFault {
  const refused = fault.kind === "exception" &&
    (fault.code === EXCEPTION.illegalDataAddress ||
      fault.code === EXCEPTION.illegalDataValue);
  const large = span.count > SMALL_READ_COUNT;
  return { kind: refused && large ? "limit-suspected" : "read", span, fault };
}

/**
 * Describes a fault as text for people.
 *
 * @param partAt the id of the sub-device at an address; undefined = the device itself.
 */
export function describePollFault(
  fault: PollFault,
  partAt: (address: number) => string | undefined = () => undefined,
): string {
  if (fault.kind === "layout-changed") {
    const changes = fault.changes.map((change) =>
      describePollChange(
        change,
        change.address === null ? undefined : partAt(change.address),
      )
    );
    return `the register layout changed: ${changes.join("; ")}`;
  }
  const { address, count } = fault.span;
  const failure = `reading ${count} registers at ${address}: ${
    describeFault(fault.fault)
  }`;
  return fault.kind === "limit-suspected"
    ? `${failure}. The device may require smaller reads, or its models have moved`
    : `${failure}${hint(fault.fault)}`;
}

function hint(fault: ModbusFault): string {
  if (fault.kind !== "exception") return "";
  switch (fault.code) {
    case EXCEPTION.gatewayPathUnavailable:
    case EXCEPTION.gatewayTargetFailedToRespond:
      return ". The gateway responds, but the unit behind it does not";
    case EXCEPTION.deviceBusy:
      return ". The device is busy";
    default:
      return "";
  }
}
