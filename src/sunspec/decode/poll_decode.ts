/**
 * From what a poll read to values, or to the news that the device is not what
 * it was.
 *
 * @module
 */

import { MARKER, MARKER_SIZE } from "../chain.ts";
import { decodeFrom } from "./decode.ts";
import type { DecodedModel } from "./decoded.ts";
import { HEADER_SIZE } from "../definition/definition.ts";
import {
  type Identity,
  identityChanges,
  identityOf,
  parseIdentity,
} from "../identity.ts";
import { type Image, imageSource } from "./register_image.ts";
import type { Span } from "../plan/read_plan.ts";
import { type ModelReads, type PollPlan, SERIAL_OFFSET } from "../plan/poll_plan.ts";
import type { Registers } from "./point.ts";
import { holds, type RegisterSource, wholeSource } from "./register_source.ts";

const COMMON_MODEL = 1;

/** What a poll gave. */
export type PollOutcome =
  | {
    readonly ok: true;
    /** In the plan's order. */
    readonly models: readonly DecodedModel[];
    /**
     * Reads to repeat (in this order) before decoding once more, because a
     * scale factor changed between the requests; empty as a rule. Until then
     * the values concerned are null and flagged `scale-changed`.
     */
    readonly rereads: readonly Span[];
  }
  /** The device is not laid out as planned: discover it again. Each change in words. */
  | { readonly ok: false; readonly changes: readonly string[] };

/**
 * Checks what a poll read (marker, each model's id and L, identity) and
 * decodes it. A read without an answer leaves its points null and flagged;
 * only the marker must be there.
 */
export function decodePoll(plan: PollPlan, image: Image): PollOutcome {
  const found = plan.models.map((model) => ({ model, source: sourceOf(model, image) }));
  const changes = [
    ...markerChanges(plan, image),
    ...serialChanges(plan, image),
    ...found.flatMap(({ model, source }) => headerChanges(model, source)),
  ];
  if (changes.length > 0) return { ok: false, changes };
  const models: DecodedModel[] = [];
  const rereads = new Set<Span>();
  for (const { model, source } of found) {
    const decoded = model.at.id === COMMON_MODEL
      ? decodeCommon(model, source)
      : decodeFrom(model.definition, model.at, source);
    models.push(decoded);
    if (decoded.flags.some(({ reason }) => reason === "scale-changed")) {
      for (const part of model.parts) rereads.add(part);
    }
  }
  if (plan.identity !== undefined) {
    const others = strangers(plan.identity, models);
    if (others.length > 0) return { ok: false, changes: others };
  }
  return { ok: true, models, rereads: plan.reads.filter((read) => rereads.has(read)) };
}

/** The registers of a planned model 1, and what they say. */
interface Said {
  readonly registers: Registers;
  readonly decoded: DecodedModel;
}

const lastSaid = new WeakMap<ModelReads, Said>();

/** Decodes model 1, which is mostly text and as a rule the same at every poll of a plan. */
function decodeCommon(model: ModelReads, source: RegisterSource): DecodedModel {
  const size = HEADER_SIZE + model.at.length;
  const window = source.find(0, size);
  if (window === undefined || !holds(window, 0, size)) {
    return decodeFrom(model.definition, model.at, source);
  }
  const { registers, origin } = window;
  const last = lastSaid.get(model);
  let same = last !== undefined;
  for (let offset = 0; same && offset < size; offset++) {
    same = last?.registers[offset] === registers[offset - origin];
  }
  if (last !== undefined && same) return last.decoded;
  const decoded = decodeFrom(model.definition, model.at, source);
  const said = Array.from({ length: size }, (_, at) => registers[at - origin] ?? null);
  lastSaid.set(model, { registers: said, decoded });
  return decoded;
}

function sourceOf({ at, parts }: ModelReads, image: Image): RegisterSource {
  const [only, ...more] = parts;
  if (only === undefined || more.length > 0) {
    return imageSource(image, parts, at.address);
  }
  const registers = image.get(only);
  return wholeSource(registers?.subarray(at.address - only.address) ?? []);
}

function markerChanges({ base, markerRead }: PollPlan, image: Image): string[] {
  if (markerRead === undefined) return [];
  const start = base - markerRead.address;
  const found = image.get(markerRead)?.subarray(start, start + MARKER_SIZE);
  if (found === undefined) return [`the marker at ${base} could not be read`];
  if (found[0] === MARKER[0] && found[1] === MARKER[1]) return [];
  const hex = Array.from(found, (each) => each.toString(16).padStart(4, "0")).join(" ");
  return [`at ${base} stands ${hex}, not the marker SunS`];
}

const lastSerial = new WeakMap<PollPlan, Uint16Array>();

/** How the serial number differs from what it must be; it is a text, and as a rule the same. */
function serialChanges(plan: PollPlan, image: Image): string[] {
  const { serial, identity } = plan;
  if (serial === undefined || identity === undefined) return [];
  const start = serial.span.address - serial.read.address;
  const found = image.get(serial.read)?.subarray(start, start + serial.span.count);
  if (found === undefined) return [];
  const last = lastSerial.get(plan);
  if (last !== undefined && found.every((each, at) => each === last[at])) return [];
  const header = [COMMON_MODEL, SERIAL_OFFSET + found.length - HEADER_SIZE];
  const unread = new Array<null>(SERIAL_OFFSET - HEADER_SIZE).fill(null);
  const said = parseIdentity([...header, ...unread, ...found]).serial;
  if (said !== serial.expected) {
    return identityChanges(identity, { ...identity, serial: said });
  }
  lastSerial.set(plan, found.slice());
  return [];
}

function headerChanges({ at }: ModelReads, source: RegisterSource): string[] {
  const window = source.find(0, HEADER_SIZE);
  if (window === undefined) return [];
  const id = window.registers[0 - window.origin];
  const length = window.registers[1 - window.origin];
  if (id === undefined || length === undefined || id === null || length === null) {
    return [];
  }
  if (id === at.id && length === at.length) return [];
  return [
    `at ${at.address} stands model ${id} of length ${length}, it was model ${at.id} of length ${at.length}`,
  ];
}

/** How the device's identity differs; nothing if it could not be read whole. */
function strangers(expected: Identity, models: readonly DecodedModel[]): string[] {
  const common = models.find(({ id }) => id === COMMON_MODEL);
  if (common === undefined) return [];
  if (common.flags.some(({ reason }) => reason === "register-unread")) return [];
  return identityChanges(expected, identityOf(common));
}
