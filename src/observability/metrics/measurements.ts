/**
 * Measurements of the running agent that are not part of its status: created
 * once, filled where they are measured, read by the metrics. Pure.
 *
 * @module
 */

import { createHistogram, type Histogram } from "../../base/histogram.ts";
import { createTally, type Tally } from "../../base/tally.ts";

/** Measurements since the start of the agent. */
export interface Measurements {
  /** From the first request of a poll to its last response, in seconds. */
  readonly pollSeconds: Histogram;
  /** Failed connects, discoveries and polls, by kind. */
  readonly failures: Tally;
  /** Records by type and quality, such as `NormalizedMeterData good`. */
  readonly records: Tally;
  /** Polls with records, by how they were made: `direct`, or `named` = at least one record field by field. */
  readonly recordPaths: Tally;
  /** Flags of records by reason. */
  readonly flags: Tally;
  /** From sending a batch to its acknowledgement, in seconds. */
  readonly sendSeconds: Histogram;
  /** Age of each row at its acknowledgement, since it was sampled, in seconds. */
  readonly deliveredAgeSeconds: Histogram;
  /** Delay of timers, in seconds. */
  readonly lagSeconds: Histogram;
  /** Log events by name, including suppressed ones. */
  readonly events: Tally;
}

const POLL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SEND_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Up to three days: the delivery after a long outage is measured too. */
const AGE_SECONDS = [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 259_200];
const LAG_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Creates the measurements; the given kinds of failures and events begin at 0. */
export function createMeasurements(
  failures: Iterable<string>,
  events: Iterable<string>,
): Measurements {
  return {
    pollSeconds: createHistogram(POLL_SECONDS),
    failures: createTally(failures),
    records: createTally(),
    recordPaths: createTally(["direct", "named"]),
    flags: createTally(),
    sendSeconds: createHistogram(SEND_SECONDS),
    deliveredAgeSeconds: createHistogram(AGE_SECONDS),
    lagSeconds: createHistogram(LAG_SECONDS),
    events: createTally(events),
  };
}

/** Counts a record by type and quality, and its flags (`field:reason`) by reason. */
export function countRecord(
  { records, flags }: Measurements,
  type: string,
  quality: string,
  recordFlags: readonly string[],
): void {
  records.add(`${type} ${quality}`);
  for (const flag of recordFlags) flags.add(flag.slice(flag.lastIndexOf(":") + 1));
}

/** Counts a poll with records, by how they were made. */
export function countPoll({ recordPaths }: Measurements, isDirect: boolean): void {
  recordPaths.add(isDirect ? "direct" : "named");
}
