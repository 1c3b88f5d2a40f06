/**
 * How answers are told apart behind a gateway that echoes no transaction id.
 * Pure.
 *
 * Such a gateway answers in order, so an answer that is late or doubled comes
 * before the answer to what is asked next. If the two are of different length
 * the late one is found out, and the connection is given up. So before a request
 * that an answer still to come could be taken for, a sounding goes out: a
 * read of a length that none of them has. Its answer shows that none is left.
 *
 * @module
 */

import type { ReadRequest } from "./reader.ts";

/** How many requests without an answer are kept in mind; a serial line holds fewer. */
export const OUTSTANDING_MAX = 32;

const ADDRESSES = 65_536;

/** What may still be under way at one address. */
export interface Sounder {
  /** The sounding that must be answered before `next` may go out, if one is needed. */
  before(next: ReadRequest): ReadRequest | undefined;
  /** A request had its answer: no answer to an earlier one can follow, but its own once more. */
  answered(request: ReadRequest): void;
  /** A request had none: it may yet come, on the next connection too. */
  lost(request: ReadRequest): void;
}

/** Makes a sounder for an address that was asked for nothing yet. */
export function createSounder(): Sounder {
  let outstanding: ReadRequest[] = [];
  let lastGood: ReadRequest | undefined;
  return {
    before(next) {
      const first = outstanding[0];
      if (first === undefined || !outstanding.some((one) => isAlike(one, next))) {
        return undefined;
      }
      // The very same request, answered a moment ago: its answer twice is its answer.
      if (outstanding.length === 1 && first === lastGood && isSame(first, next)) {
        return undefined;
      }
      const taken = new Set([next, ...outstanding].map(({ count }) => count));
      let count = 1;
      while (taken.has(count)) count++;
      const good = lastGood?.unitId === next.unitId ? lastGood : next;
      const address = Math.min(good.address, ADDRESSES - count);
      return { ...next, address, count };
    },
    answered(request) {
      outstanding = [request];
      lastGood = request;
    },
    lost(request) {
      outstanding = [...outstanding, request].slice(-OUTSTANDING_MAX);
    },
  };
}

/** Whether the answer to the one could be taken for the answer to the other. */
function isAlike(a: ReadRequest, b: ReadRequest): boolean {
  return a.unitId === b.unitId && a.functionCode === b.functionCode &&
    a.count === b.count;
}

function isSame(a: ReadRequest, b: ReadRequest): boolean {
  return isAlike(a, b) && a.address === b.address;
}
