/**
 * Verifies that a device still matches the plan of a poll, from the registers that the
 * poll read. Pure, except for a cache per poll plan.
 *
 * @module
 */

import {
  COMMON_MODEL_ID,
  MARKER_SIZE,
  MODEL_HEADER_SIZE,
  SERIAL_OFFSET,
  SUNS_MARKER,
} from "../spec.ts";
import {
  type Identity,
  identityChanges,
  identityOf,
  parseIdentity,
} from "../identity.ts";
import type { FrameFaults } from "./decoded.ts";
import { createFrameHistory, type FrameHistory } from "./frame_history.ts";
import { decodeCommon } from "./image_decode.ts";
import { sourceOf } from "./model_source.ts";
import type { RegisterImage } from "./register_image.ts";
import type { RegisterSource } from "./register_source.ts";
import type { Span } from "../plan/read_plan.ts";
import type { ModelReads, PollPlan } from "../plan/poll_plan.ts";

/** The identity in one model 1 of a chain. */
export interface PlacedIdentity {
  /** Zero-based address of the model 1. */
  readonly address: number;
  readonly identity: Identity;
}

/** A model that was found at the end of a chain. */
export function newModelChange(address: number, id: number): PollChange {
  return { address, text: `found model ${id}, expected the end of the chain` };
}

/** The result of verifying a poll. */
export type PollCheck =
  | {
    readonly ok: true;
    /** The identity that this poll read; undefined = the poll did not read model 1. */
    readonly identity: Identity | undefined;
    /** The identity in each model 1 that this poll read, in chain order. */
    readonly identities: readonly PlacedIdentity[];
    /**
     * Reads to repeat, in this order, before the image is decoded, because a scale
     * factor changed between the requests, or because the registers of a model are
     * impossible; usually empty.
     */
    readonly rereads: readonly Span[];
    /** Models with impossible registers; usually empty. */
    readonly faults: FrameFaults;
  }
  /** The device does not match the plan and must be discovered again; one text per change. */
  | { readonly ok: false; readonly changes: readonly PollChange[] };

/** A difference between a device and the plan of a poll. */
export interface PollChange {
  /** Zero-based address; null = the identity of the device itself. */
  readonly address: number | null;
  readonly text: string;
}

/** Describes a change as text for people; `part` names the part of the device. */
export function describePollChange(
  { address, text }: PollChange,
  part?: string,
): string {
  if (address === null) return text;
  return part === undefined
    ? `at ${address}: ${text}`
    : `at ${address} (${part}): ${text}`;
}

/**
 * Verifies the marker, the header of each model, the serial number and the identity,
 * as far as the poll read them; only the marker must have been read. Only the models
 * 1 are decoded, and the result is reused by `decodeImage`.
 *
 * @param frames the earlier polls of the device; an impossible model that was like that
 * in the last poll too is not read again.
 */
export function checkPoll(
  plan: PollPlan,
  image: RegisterImage,
  frames: FrameHistory = createFrameHistory(),
): PollCheck {
  const found = plan.models.map((model) => ({ model, source: sourceOf(model, image) }));
  const changes = [
    ...markerChanges(plan, image),
    ...serialChanges(plan, image),
    ...found.flatMap(({ model, source }) => headerChanges(model, source)),
    ...endChanges(plan, image),
  ];
  if (changes.length > 0) return { ok: false, changes };
  const commons = found
    .filter(({ model }) => model.at.id === COMMON_MODEL_ID)
    .map(({ model, source }) => decodeCommon(model, source));
  const identities = commons.map((common) => ({
    address: common.address,
    identity: identityOf(common),
  }));
  const [decoded] = commons;
  const identity = identities[0]?.identity;
  const complete = decoded !== undefined &&
    !decoded.flags.some(({ reason }) => reason === "register-unread");
  if (plan.identity !== undefined && identity !== undefined && complete) {
    const mismatch = identityChanges(plan.identity, identity);
    if (mismatch.length > 0) return { ok: false, changes: mismatch.map(ofDevice) };
  }
  const disputed = found.filter(({ model, source }) =>
    model.scales.some((offset) => source.disputed(offset))
  );
  const faults = frames.faultsOf(plan, image);
  const impossible = plan.models.filter(({ at }) => frames.isNew(at, faults));
  const repeated = [...disputed.map(({ model }) => model), ...impossible];
  const rereads = new Set(repeated.flatMap(({ parts }) => parts));
  return {
    ok: true,
    identity,
    identities,
    rereads: plan.reads.filter((read) => rereads.has(read)),
    faults,
  };
}

function markerChanges(
  { base, markerRead }: PollPlan,
  image: RegisterImage,
): PollChange[] {
  if (markerRead === undefined) return [];
  const start = base - markerRead.address;
  const found = image.get(markerRead)?.subarray(start, start + MARKER_SIZE);
  if (found === undefined) {
    return [{ address: base, text: "the SunS marker could not be read" }];
  }
  if (found[0] === SUNS_MARKER[0] && found[1] === SUNS_MARKER[1]) return [];
  const hex = Array.from(found, (each) => each.toString(16).padStart(4, "0")).join(" ");
  return [{ address: base, text: `found ${hex}, expected the SunS marker` }];
}

function endChanges({ end }: PollPlan, image: RegisterImage): PollChange[] {
  if (end === undefined) return [];
  const id = image.get(end.read)?.[end.address - end.read.address];
  return id === undefined || id === end.expected
    ? []
    : [newModelChange(end.address, id)];
}

const lastSerial = new WeakMap<PollPlan, Uint16Array>();

/** Compares the serial number with the expected one; decodes it only if it changed. */
function serialChanges(plan: PollPlan, image: RegisterImage): PollChange[] {
  const { serial, identity } = plan;
  if (serial === undefined || identity === undefined) return [];
  const start = serial.span.address - serial.read.address;
  const found = image.get(serial.read)?.subarray(start, start + serial.span.count);
  if (found === undefined) return [];
  const last = lastSerial.get(plan);
  if (last !== undefined && found.every((each, at) => each === last[at])) return [];
  const header = [COMMON_MODEL_ID, SERIAL_OFFSET + found.length - MODEL_HEADER_SIZE];
  const unread = new Array<null>(SERIAL_OFFSET - MODEL_HEADER_SIZE).fill(null);
  const current = parseIdentity([...header, ...unread, ...found]).serial;
  if (current !== serial.expected) {
    return identityChanges(identity, { ...identity, serial: current }).map(ofDevice);
  }
  lastSerial.set(plan, found.slice());
  return [];
}

function headerChanges({ at }: ModelReads, source: RegisterSource): PollChange[] {
  const window = source.find(0, MODEL_HEADER_SIZE);
  if (window === undefined) return [];
  const id = window.registers[0 - window.origin];
  const length = window.registers[1 - window.origin];
  if (id === undefined || length === undefined || id === null || length === null) {
    return [];
  }
  if (id === at.id && length === at.length) return [];
  return [{
    address: at.address,
    text:
      `found model ${id} of length ${length}, expected model ${at.id} of length ${at.length}`,
  }];
}

function ofDevice(text: string): PollChange {
  return { address: null, text };
}
