/**
 * A poll as data: which reads, in which order, and what they must show.
 *
 * @module
 */

import { MARKER_SIZE, type ModelAt } from "../chain.ts";
import type { ModelDefinition } from "../definition/definition.ts";
import type { Identity } from "../identity.ts";
import { covers, planReads, type ReadLimits, type Span, spanEnd } from "./read_plan.ts";
import { type Atom, cutModel, extentOf, scaleUses } from "./split.ts";

export { createImage, type Image } from "../decode/register_image.ts";

/** A model that is to be polled. */
export interface PlannedModel {
  readonly at: ModelAt;
  readonly definition: ModelDefinition;
}

/** A planned model with the reads that hold it, in the order of the poll. */
export interface ModelReads extends PlannedModel {
  /**
   * One read; or several that hold its parts, and once more its scale factors
   * where they and their users stand in different reads.
   */
  readonly parts: readonly Span[];
}

/** A serial number that must be as it was. */
export interface SerialWatch {
  /** Its registers. */
  readonly span: Span;
  /** The read that holds them. */
  readonly read: Span;
  readonly expected: string;
}

/** What a poll asks for. */
export interface PollPlan {
  /** In this order; each answer goes into the image under this very object. */
  readonly reads: readonly Span[];
  /** Zero-based address of the marker. */
  readonly base: number;
  /** The read that holds the marker; undefined = this poll does not look at it. */
  readonly markerRead: Span | undefined;
  /** Where the serial number is looked at, in place of the marker and model 1. */
  readonly serial: SerialWatch | undefined;
  readonly models: readonly ModelReads[];
  /** Who the device must be; undefined = whoever. */
  readonly identity: Identity | undefined;
}

/** The least that a device must grant at once: the longest number. */
export const COUNT_MIN = 4;
const REGISTERS_PER_READ_MAX = 125;
/** SN of model 1, from the register that holds its id (SunSpec model 1). */
export const SERIAL_OFFSET = 50;
/** Registers of SN. */
export const SERIAL_SIZE = 16;

/**
 * Plans a poll: the marker, and every model with its header. Models that stand
 * together share a request; a model that fits one request is never split. A longer one is
 * split at the borders of its groups or points, and the scale factors that
 * stand in another request than their users are read once more before the first or after
 * the last of them, so that a change between the requests is noticed.
 *
 * @param models in chain order. Model 1 must be among them for the identity to
 * be read and checked.
 * @param base zero-based address of the `SunS` marker.
 * @param identity who the device must be.
 * @throws {RangeError} If `limits.countMax` is not within 4..125.
 */
export function planPoll(
  models: readonly PlannedModel[],
  base: number,
  limits: ReadLimits,
  identity?: Identity,
): PollPlan {
  const marker: Span = { address: base, count: MARKER_SIZE };
  const { main, ...planned } = assemble(marker, models, limits);
  const markerRead = main.find((read) => covers(read, base, MARKER_SIZE)) ?? marker;
  return { ...planned, base, markerRead, serial: undefined, identity };
}

/**
 * Plans a poll that looks at the serial number in place of the marker and all of
 * model 1, of which it stands at the end, next to the first model of use. Each
 * model's header is read as ever.
 *
 * @param models in chain order, model 1 not among them.
 * @param common model 1.
 * @param identity who the device must be.
 * @returns undefined if there is no serial number to look at.
 */
export function planLeanPoll(
  models: readonly PlannedModel[],
  common: ModelAt,
  base: number,
  limits: ReadLimits,
  identity: Identity,
): PollPlan | undefined {
  const expected = identity.serial;
  const isThere = 2 + common.length >= SERIAL_OFFSET + SERIAL_SIZE;
  if (expected === null || !isThere || limits.countMax < SERIAL_SIZE) return undefined;
  const span: Span = { address: common.address + SERIAL_OFFSET, count: SERIAL_SIZE };
  const { main, ...planned } = assemble(span, models, limits);
  const read = main.find((each) => covers(each, span.address, span.count)) ?? span;
  const serial = { span, read, expected };
  return { ...planned, base, markerRead: undefined, serial, identity };
}

/** Plans the reads of models, and of `first`, which stands before them. */
function assemble(
  first: Span,
  models: readonly PlannedModel[],
  limits: ReadLimits,
): Pick<PollPlan, "reads" | "models"> & { readonly main: readonly Span[] } {
  const { countMax } = limits;
  if (!(countMax >= COUNT_MIN && countMax <= REGISTERS_PER_READ_MAX)) {
    throw new RangeError(`Cannot plan reads of at most ${countMax} registers`);
  }
  const wanted = [[first], ...models.map((model) => spansOf(model, countMax))];
  const main = limits.joinModels === false
    ? wanted.flatMap((spans) => planReads(spans, limits))
    : planReads(wanted.flat(), limits);
  const checks = createChecks(main, limits);
  const planned = models.map((model) => ({ ...model, parts: checks.partsOf(model) }));
  return { main, reads: checks.reads(), models: planned };
}

/** What must be read whole, by address: the model, or its atoms if it is too long. */
function spansOf({ at, definition }: PlannedModel, countMax: number): Span[] {
  const extent = extentOf(definition, at.length);
  const atoms: readonly Atom[] = extent <= countMax
    ? [{ offset: 0, size: extent }]
    : cutModel(definition, at.length, countMax).atoms;
  return atoms.map(({ offset, size }) => ({
    address: at.address + offset,
    count: size,
  }));
}

interface Checks {
  /** The reads that hold a model; adds those that its scale factors need. */
  partsOf(model: PlannedModel): Span[];
  /** All reads in their order. */
  reads(): Span[];
}

/** Puts the second reads of scale factors between the main ones. */
function createChecks(main: readonly Span[], limits: ReadLimits): Checks {
  const before = new Map<number, Span[]>();
  const after = new Map<number, Span[]>();

  function partsOf({ at, definition }: PlannedModel): Span[] {
    const extent = extentOf(definition, at.length);
    const whole = main.find((read) => covers(read, at.address, extent));
    if (whole !== undefined) return [whole];
    const indexes = [...main.keys()].filter((index) => {
      const read = main[index];
      return read !== undefined && read.address < at.address + extent &&
        spanEnd(read) > at.address;
    });
    const first = indexes[0] ?? 0;
    const last = indexes.at(-1) ?? 0;
    const early: Span[] = [];
    const late: Span[] = [];
    const { instances } = cutModel(definition, at.length, limits.countMax);
    for (const { offset, firstUser, lastUser } of instances.flatMap(scaleUses)) {
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
    return [...earlyReads, ...parts, ...lateReads];
  }

  return {
    partsOf,
    reads: () =>
      main.flatMap((read, index) => [
        ...before.get(index) ?? [],
        read,
        ...after.get(index) ?? [],
      ]),
  };
}
