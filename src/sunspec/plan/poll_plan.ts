/**
 * Plans a poll: the reads, their order and the expected contents. Pure.
 *
 * @module
 */

import type { ModelLocation } from "../chain.ts";
import { MARKER_SIZE } from "../spec.ts";
import { REGISTERS_PER_READ_MAX } from "../../base/network/modbus_protocol.ts";
import { MODEL_HEADER_SIZE, SERIAL_OFFSET, SERIAL_SIZE } from "../spec.ts";
import type { ModelDefinition } from "../definition/definition.ts";
import type { Identity } from "../identity.ts";
import { covers, planReads, type ReadLimits, type Span, spanEnd } from "./read_plan.ts";
import { type Atom, extentOf, scaleUses, splitModel } from "./split.ts";

export { createRegisterImage, type RegisterImage } from "../decode/register_image.ts";

/** A model to poll. */
export interface PlannedModel {
  readonly at: ModelLocation;
  readonly definition: ModelDefinition;
}

/** A planned model and the reads that contain it, in the order of the poll. */
export interface ModelReads extends PlannedModel {
  /**
   * One read, or several that contain its parts, including the second reads of scale
   * factors that are not in the same read as the points that use them.
   */
  readonly parts: readonly Span[];
  /** Offsets of the scale factors that points in another read use; empty if it is one read. */
  readonly scales: readonly number[];
}

/** A serial number that a poll compares with the expected one. */
export interface SerialCheck {
  /** Its registers. */
  readonly span: Span;
  /** The read that contains them. */
  readonly read: Span;
  readonly expected: string;
}

/** The register that ends a chain: a model that is added there changes it. */
export interface EndCheck {
  /** Zero-based address of the register after the last model. */
  readonly address: number;
  /** Model id that ends the chain: that of the end model, or 0. */
  readonly expected: number;
}

/** The reads of a poll and the expected contents. */
export interface PollPlan {
  /** In the order of the poll; the image stores each response under this span object. */
  readonly reads: readonly Span[];
  /** Zero-based address of the marker. */
  readonly base: number;
  /** The read that contains the marker; undefined = this poll does not check it. */
  readonly markerRead: Span | undefined;
  /** The serial number to check in place of the marker and the common model. */
  readonly serial: SerialCheck | undefined;
  /** The end of the chain and the read that contains it; undefined = this poll does not check it. */
  readonly end: (EndCheck & { readonly read: Span }) | undefined;
  readonly models: readonly ModelReads[];
  /** The expected identity; undefined = any. */
  readonly identity: Identity | undefined;
}

/** Minimum value of `countMax`: the number of registers of the longest number. */
export const READ_SIZE_MIN = 4;

/**
 * Plans a poll of the marker and of every model with its header. Adjacent models share
 * a request; a model that fits into one request is never split. A longer model is split
 * at the borders of its groups or points. A scale factor in another request than the
 * points that use it is read a second time, before the first or after the last of them,
 * so that a change between the requests is detected.
 *
 * @param models in chain order. The common model must be among them for the identity to
 * be read and checked.
 * @param base zero-based address of the `SunS` marker.
 * @param identity the expected identity; not checked if absent.
 * @param end the end of the chain; checked if this costs no request.
 * @throws {RangeError} If `limits.countMax` is not within 4..125.
 */
export function planPoll(
  models: readonly PlannedModel[],
  base: number,
  limits: ReadLimits,
  identity?: Identity,
  end?: EndCheck,
): PollPlan {
  const marker: Span = { address: base, count: MARKER_SIZE };
  const { main, ...planned } = assemble(marker, models, limits, end);
  const markerRead = main.find((read) => covers(read, base, MARKER_SIZE)) ?? marker;
  return { ...planned, base, markerRead, serial: undefined, identity };
}

/**
 * Plans a poll that checks the serial number in place of the marker and the common
 * model. The serial number is at the end of the common model, next to the first polled
 * model, and usually costs no extra request. Each model's header is read as in
 * {@linkcode planPoll}.
 *
 * @param models in chain order, without the common model.
 * @param common location of the common model.
 * @param base zero-based address of the `SunS` marker.
 * @param identity the expected identity.
 * @param end the end of the chain; checked if this costs no request.
 * @returns the plan; undefined = the device has no serial number.
 * @throws {RangeError} If `limits.countMax` is not within 4..125.
 */
export function planSerialCheckPoll(
  models: readonly PlannedModel[],
  common: ModelLocation,
  base: number,
  limits: ReadLimits,
  identity: Identity,
  end?: EndCheck,
): PollPlan | undefined {
  const expected = identity.serial;
  const isThere = MODEL_HEADER_SIZE + common.length >= SERIAL_OFFSET + SERIAL_SIZE;
  if (expected === null || !isThere || limits.countMax < SERIAL_SIZE) return undefined;
  const span: Span = { address: common.address + SERIAL_OFFSET, count: SERIAL_SIZE };
  const { main, ...planned } = assemble(span, models, limits, end);
  const read = main.find((each) => covers(each, span.address, span.count)) ?? span;
  const serial = { span, read, expected };
  return { ...planned, base, markerRead: undefined, serial, identity };
}

/** Plans the reads of the models and of `first`, whose address is before theirs. */
function assemble(
  first: Span,
  models: readonly PlannedModel[],
  limits: ReadLimits,
  end: EndCheck | undefined,
): Pick<PollPlan, "reads" | "models" | "end"> & { readonly main: readonly Span[] } {
  const { countMax } = limits;
  if (!(countMax >= READ_SIZE_MIN && countMax <= REGISTERS_PER_READ_MAX)) {
    throw new RangeError(`Cannot plan reads of at most ${countMax} registers`);
  }
  const wanted = [[first], ...models.map((model) => spansOf(model, countMax))];
  const joins = limits.joinModels !== false;
  const needed = joins
    ? planReads(wanted.flat(), limits)
    : wanted.flatMap((spans) => planReads(spans, limits));
  const more = joins && end !== undefined
    ? planReads([...wanted.flat(), { address: end.address, count: 1 }], limits)
    : needed;
  const main = more.length === needed.length ? more : needed;
  const endRead = end && main.find((read) => covers(read, end.address, 1));
  const checks = createChecks(main, limits);
  const planned = models.map((model) => ({ ...model, ...checks.readsOf(model) }));
  const checked = end === undefined || endRead === undefined
    ? undefined
    : { ...end, read: endRead };
  return { main, reads: checks.reads(), models: planned, end: checked };
}

/** The spans that one read must contain: the whole model, or its atoms if it is too long. */
function spansOf({ at, definition }: PlannedModel, countMax: number): Span[] {
  const extent = extentOf(definition, at.length);
  const atoms: readonly Atom[] = extent <= countMax
    ? [{ offset: 0, size: extent }]
    : splitModel(definition, at.length, countMax).atoms;
  return atoms.map(({ offset, size }) => ({
    address: at.address + offset,
    count: size,
  }));
}

interface Checks {
  /** The reads that contain a model; adds the second reads of its scale factors. */
  readsOf(model: PlannedModel): Pick<ModelReads, "parts" | "scales">;
  /** All reads, in the order of the poll. */
  reads(): Span[];
}

/** Inserts the second reads of scale factors between the main reads. */
function createChecks(main: readonly Span[], limits: ReadLimits): Checks {
  const before = new Map<number, Span[]>();
  const after = new Map<number, Span[]>();

  function readsOf(
    { at, definition }: PlannedModel,
  ): Pick<ModelReads, "parts" | "scales"> {
    const extent = extentOf(definition, at.length);
    const whole = main.find((read) => covers(read, at.address, extent));
    if (whole !== undefined) return { parts: [whole], scales: [] };
    const indexes = [...main.keys()].filter((index) => {
      const read = main[index];
      return read !== undefined && read.address < at.address + extent &&
        spanEnd(read) > at.address;
    });
    const first = indexes[0] ?? 0;
    const last = indexes.at(-1) ?? 0;
    const early: Span[] = [];
    const late: Span[] = [];
    const { instances } = splitModel(definition, at.length, limits.countMax);
    const uses = instances.flatMap(scaleUses);
    for (const { offset, firstUser, lastUser } of uses) {
      const scale: Span = { address: at.address + offset, count: 1 };
      const home = main.findLastIndex((read) => covers(read, scale.address, 1));
      const holdsUser = (user: number): boolean => {
        const read = main[home];
        return read !== undefined && covers(read, at.address + user, 1);
      };
      if (firstUser < offset && !holdsUser(firstUser)) early.push(scale);
      if (lastUser > offset && !holdsUser(lastUser)) late.push(scale);
    }
    const join: ReadLimits = { countMax: limits.countMax, gapMax: limits.countMax };
    const earlyReads = planReads(early, join);
    const lateReads = planReads(late, join);
    before.set(first, [...before.get(first) ?? [], ...earlyReads]);
    after.set(last, [...after.get(last) ?? [], ...lateReads]);
    const parts = main.slice(first, last + 1);
    return {
      parts: [...earlyReads, ...parts, ...lateReads],
      scales: uses.map(({ offset }) => offset).filter((offset) => offset < extent),
    };
  }

  return {
    readsOf,
    reads: () =>
      main.flatMap((read, index) => [
        ...before.get(index) ?? [],
        read,
        ...after.get(index) ?? [],
      ]),
  };
}
