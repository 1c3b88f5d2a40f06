/**
 * What is counted and measured while the agent runs and stands in no status:
 * made once, handed to whoever measures, read by the instruments. Pure.
 *
 * @module
 */

import { createHistogram, type Histogram } from "../../base/histogram.ts";
import { createTally, type Tally } from "../../base/tally.ts";

/** The agent's own measurements, since its start. */
export interface Measured {
  /** From a poll's first request to its last answer, in seconds. */
  readonly pollSeconds: Histogram;
  /** Failed connects, discoveries and polls, by kind. */
  readonly failures: Tally;
  /** Records, by type and quality: `NormalizedMeterData good`. */
  readonly records: Tally;
  /** Flags of records, by reason: values that could not be had, or are odd. */
  readonly flags: Tally;
  /** From sending a batch to its acknowledgement, in seconds. */
  readonly sendSeconds: Histogram;
  /** Of each reading when it was acknowledged: since it was sampled, in seconds. */
  readonly deliveredAgeSeconds: Histogram;
  /** How much later than due a timer fired, in seconds. */
  readonly lagSeconds: Histogram;
  /** Events of the log, by name, those that were folded included. */
  readonly events: Tally;
}

const ANSWERS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SENDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** To three days: an outage is delivered late, and that is what is looked at. */
const AGES = [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 259_200];
const LAGS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** Makes them, all at nothing; the names of failures and of events are known, and begin at 0. */
export function createMeasured(
  failures: Iterable<string>,
  events: Iterable<string>,
): Measured {
  return {
    pollSeconds: createHistogram(ANSWERS),
    failures: createTally(failures),
    records: createTally(),
    flags: createTally(),
    sendSeconds: createHistogram(SENDS),
    deliveredAgeSeconds: createHistogram(AGES),
    lagSeconds: createHistogram(LAGS),
    events: createTally(events),
  };
}

/** Counts a record by type and quality, and its flags (`field:reason`) by reason. */
export function countRecord(
  { records, flags }: Measured,
  type: string,
  quality: string,
  recordFlags: readonly string[],
): void {
  records.add(`${type} ${quality}`);
  for (const flag of recordFlags) flags.add(flag.slice(flag.lastIndexOf(":") + 1));
}
