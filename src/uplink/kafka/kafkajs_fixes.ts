/**
 * Corrections to npm:kafkajs 2.2.4 that apply to the whole process.
 *
 * @module
 */

import RequestQueue from "npm:kafkajs@2.2.4/src/network/requestQueue/index.js";

/**
 * Prevents a timer loop of kafkajs 2.2.4: after every response it sets a timer for
 * pending requests, even if there are none, with a time in the past. The result is a
 * 1 ms timer forever and a TimeoutNegativeWarning. Without pending requests no timer
 * is needed: `push` sets one for later requests.
 */
export function fixTimerLoop(): void {
  const prototype: {
    scheduleCheckPendingRequests(this: { pending: readonly unknown[] }): void;
  } = RequestQueue.prototype;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
