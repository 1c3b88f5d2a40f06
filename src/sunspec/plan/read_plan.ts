/**
 * Plans which registers each request reads, with as few round trips as possible. Pure.
 *
 * @module
 */

import { REGISTERS_PER_READ_MAX } from "../../base/network/modbus_protocol.ts";

/** A range of consecutive registers. */
export interface Span {
  /** Zero-based address of the first register, 0..65535. */
  readonly address: number;
  /** Number of registers, 1 or more. */
  readonly count: number;
}

/** Limits of the reads of a device. */
export interface ReadLimits {
  /** Maximum number of registers of one request, at most that of the protocol. */
  readonly countMax: number;
  /** Maximum number of unneeded registers that one request reads to save a round trip. */
  readonly gapMax: number;
  /** False for a device that refuses a read across the border of two models; default true. */
  readonly joinModels?: boolean;
}

/** The limits for a device without quirks. */
export const PROTOCOL_LIMITS = {
  countMax: REGISTERS_PER_READ_MAX,
  gapMax: 16,
} as const satisfies ReadLimits;

/**
 * Covers `wanted` with as few reads as `limits` permits, in address order.
 *
 * One read contains each wanted span completely, so that no point is assembled from
 * registers read at different times. Under this condition the greedy algorithm, which
 * extends each read from the lowest address as far as the limits permit, is optimal.
 *
 * @throws {RangeError} If a wanted span is longer than `limits.countMax`.
 *
 * @example A small gap is read, a large one is not
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
        `Cannot plan a read of ${span.count} registers at ${span.address}: the limit is ${limits.countMax}`,
      );
    }
    const joined: Span | undefined = open && join(open, span, limits);
    if (joined === undefined && open !== undefined) reads.push(open);
    open = joined ?? span;
  }
  if (open !== undefined) reads.push(open);
  return reads;
}

/** The read that covers both; undefined = it would exceed a limit. */
function join(a: Span, b: Span, limits: ReadLimits): Span | undefined {
  const gap = b.address - spanEnd(a);
  const count = Math.max(spanEnd(a), spanEnd(b)) - a.address;
  if (gap > limits.gapMax) return undefined;
  if (count > limits.countMax) return undefined;
  return { address: a.address, count };
}

/** The address after the last register of the span. */
export function spanEnd(span: Span): number {
  return span.address + span.count;
}

/** Whether `outer` contains the `count` registers that start at `address`. */
export function covers(outer: Span, address: number, count: number): boolean {
  return outer.address <= address && address + count <= spanEnd(outer);
}
