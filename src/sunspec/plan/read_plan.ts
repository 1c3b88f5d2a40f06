/**
 * Plans which registers to ask for, so that a poll takes few round trips.
 * Pure: spans in, spans out.
 *
 * @module
 */

/** A run of consecutive registers. */
export interface Span {
  /** Zero-based address of the first register, 0..65535. */
  readonly address: number;
  /** How many registers, 1 or more. */
  readonly count: number;
}

/** What a device puts up with. */
export interface ReadLimits {
  /** The most registers one request may ask for; the protocol's own is 125. */
  readonly countMax: number;
  /** The most unwanted registers worth reading to save a round trip. */
  readonly gapMax: number;
  /** False for a device that refuses a read across the border of two models. */
  readonly joinModels?: boolean;
}

/** The limits of the protocol, for a device with no quirks. */
export const PROTOCOL_LIMITS = {
  countMax: 125,
  gapMax: 16,
} as const satisfies ReadLimits;

/**
 * Covers `wanted` with as few reads as `limits` allow, in address order.
 *
 * Every wanted span lies whole in one read, so that no point is ever put
 * together from two moments in time. Taking as much as fits from the lowest
 * address on is optimal here, because each span must lie whole in one read.
 *
 * @throws {RangeError} If a wanted span is larger than `limits.countMax`.
 *
 * @example A small gap is read through; a large one is not
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { planReads } from "./read_plan.ts";
 *
 * const wanted = [
 *   { address: 40_072, count: 2 },
 *   { address: 40_076, count: 1 },
 *   { address: 40_300, count: 4 },
 * ];
 * deepStrictEqual(planReads(wanted, { countMax: 125, gapMax: 16 }), [
 *   { address: 40_072, count: 5 },
 *   { address: 40_300, count: 4 },
 * ]);
 * ```
 */
export function planReads(wanted: Iterable<Span>, limits: ReadLimits): Span[] {
  const reads: Span[] = [];
  let open: Span | undefined;
  for (const span of [...wanted].sort((a, b) => a.address - b.address)) {
    if (span.count > limits.countMax) {
      throw new RangeError(
        `Cannot plan read of ${span.count} registers at ${span.address}: the limit is ${limits.countMax}`,
      );
    }
    const joined: Span | undefined = open && join(open, span, limits);
    if (joined === undefined && open !== undefined) reads.push(open);
    open = joined ?? span;
  }
  if (open !== undefined) reads.push(open);
  return reads;
}

/** The read that covers both, or `undefined` if it would break a limit. */
function join(a: Span, b: Span, limits: ReadLimits): Span | undefined {
  const gap = b.address - spanEnd(a);
  const count = Math.max(spanEnd(a), spanEnd(b)) - a.address;
  if (gap > limits.gapMax) return undefined;
  if (count > limits.countMax) return undefined;
  return { address: a.address, count };
}

/** The address just after the span. */
export function spanEnd(span: Span): number {
  return span.address + span.count;
}

/** Whether `outer` holds `count` registers from `address` on. */
export function covers(outer: Span, address: number, count: number): boolean {
  return outer.address <= address && address + count <= spanEnd(outer);
}
