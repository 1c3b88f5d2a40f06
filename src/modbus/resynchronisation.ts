/**
 * Keeps requests and answers in step at a gateway that does not echo transaction ids.
 * Pure.
 *
 * Such a gateway answers in order, so a late or duplicate response arrives before the
 * answer to the next request. If the two have different lengths, the frame validator
 * detects the late one and the connection is closed. Before a request that an
 * outstanding response could match, a resynchronisation probe is therefore sent: a read of
 * a length that no outstanding request has. Its response shows that none is outstanding.
 *
 * @module
 */

import { ADDRESS_COUNT } from "../base/network/modbus_protocol.ts";
import type { ReadRequest } from "./reader.ts";

/** Maximum number of unanswered requests that are remembered; a serial line holds fewer. */
export const OUTSTANDING_MAX = 32;

/** The responses that may still arrive from one address. */
export interface Resynchroniser {
  /** The probe that must be answered before `next` is sent; undefined = none is needed. */
  probeBefore(next: ReadRequest): ReadRequest | undefined;
  /**
   * Records an answered request: no response to an earlier request can follow, only a
   * duplicate of this response.
   */
  answered(request: ReadRequest): void;
  /** Records an unanswered request: its response may still arrive, on a new connection too. */
  lost(request: ReadRequest): void;
}

/** Makes a resynchroniser for an address without earlier requests. */
export function createResynchroniser(): Resynchroniser {
  let outstanding: ReadRequest[] = [];
  let lastAnswered: ReadRequest | undefined;
  return {
    probeBefore(next) {
      const first = outstanding[0];
      if (first === undefined || !outstanding.some((each) => isAlike(each, next))) {
        return undefined;
      }
      // The same request was just answered: a duplicate of its response is a valid response.
      if (outstanding.length === 1 && first === lastAnswered && isSame(first, next)) {
        return undefined;
      }
      const counts = new Set([next, ...outstanding].map((request) => request.count));
      let count = 1;
      while (counts.has(count)) count++;
      const readable = lastAnswered?.unitId === next.unitId ? lastAnswered : next;
      const address = Math.min(readable.address, ADDRESS_COUNT - count);
      return { ...next, address, count };
    },
    answered(request) {
      outstanding = [request];
      lastAnswered = request;
    },
    lost(request) {
      outstanding = [...outstanding, request].slice(-OUTSTANDING_MAX);
    },
  };
}

/** Whether the response to one request could be taken for the response to the other. */
function isAlike(a: ReadRequest, b: ReadRequest): boolean {
  return a.unitId === b.unitId && a.functionCode === b.functionCode &&
    a.count === b.count;
}

function isSame(a: ReadRequest, b: ReadRequest): boolean {
  return isAlike(a, b) && a.address === b.address;
}
