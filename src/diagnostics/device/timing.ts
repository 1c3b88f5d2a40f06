/**
 * Measures response times and the pause that a device needs between requests.
 *
 * @module
 */

import { MARKER_SIZE, MODEL_HEADER_SIZE } from "../../sunspec/spec.ts";
import { type Finding, finding } from "../finding.ts";
import { formatMs, nearestRank } from "../measurement.ts";
import {
  type DiscoveredTarget,
  isOverloadSign,
  readTimed,
  withSession,
} from "./target.ts";

/** Number of requests per pause. */
const TRIALS = 40;
/** Number of failures after which a pause counts as too short. */
const FAILURES_MAX = 3;
/** Pauses tried in turn, in ms. */
export const GAPS_TRIED_MS: readonly number[] = [0, 10, 20, 50, 100, 200, 500];
/** Number of registers of a long read; every device accepts as many. */
const LONG_READ_SIZE = 10;
/** Default of `timeout_ms`. */
const TIMEOUT_DEFAULT_MS = 3_000;
/** The recommended timeout is a multiple of the slowest response, in steps of half a second. */
const TIMEOUT_FACTOR = 4;
const TIMEOUT_STEP_MS = 500;

/** Results of the requests that were sent with one pause. */
export interface PauseTrial {
  readonly gapMs: number;
  /** Response times, in ms. */
  readonly times: readonly number[];
  /** Number of requests that were lost or refused. */
  readonly failures: number;
}

/** Repeats requests with increasing pauses until a pause causes no failures. */
export async function measureTimes(
  target: DiscoveredTarget,
): Promise<readonly PauseTrial[]> {
  const trials: PauseTrial[] = [];
  for (const gapMs of GAPS_TRIED_MS) {
    const trial = await tryPause(target, gapMs);
    trials.push(trial);
    if (trial.failures === 0) break;
  }
  return trials;
}

async function tryPause(target: DiscoveredTarget, gapMs: number): Promise<PauseTrial> {
  const { layout } = target;
  // Short and long reads alternate, as in a poll.
  const longest = layout.models.reduce((most, { length }) => Math.max(most, length), 0);
  const model = layout.models.find(({ length }) => length === longest);
  const short = { address: layout.base, count: MARKER_SIZE };
  const long = {
    address: model?.address ?? layout.base,
    count: Math.min(LONG_READ_SIZE, MODEL_HEADER_SIZE + longest),
  };
  return await withSession(target, gapMs, async (session) => {
    const times: number[] = [];
    let failures = 0;
    for (let nth = 0; nth < TRIALS && failures < FAILURES_MAX; nth++) {
      const timed = await readTimed(target, session, nth % 2 === 0 ? short : long);
      if (timed.answer.ok) times.push(timed.ms - (nth === 0 ? 0 : gapMs));
      else if (isOverloadSign(timed)) failures++;
    }
    return { gapMs, times: times.map((ms) => Math.max(0, ms)), failures };
  });
}

/** Assesses the measurements. */
export function assessTimes(trials: readonly PauseTrial[]): readonly Finding[] {
  const last = trials.at(-1);
  if (last === undefined) return [];
  return [assessResponseTimes(last), assessPause(trials, last)];
}

function assessResponseTimes({ times, gapMs }: PauseTrial): Finding {
  const check = "response times";
  if (times.length === 0) {
    return finding(
      check,
      "failure",
      "no response to any request",
      "the device is overloaded or off; try again while no other client polls it",
    );
  }
  const p50 = nearestRank(times, 0.5);
  const p99 = nearestRank(times, 0.99);
  const found =
    `p50 ${formatMs(p50)}, p99 ${formatMs(p99)}, longest ${
      formatMs(Math.max(...times))
    }` +
    ` (${times.length} responses${gapMs > 0 ? `, ${gapMs} ms apart` : ""})`;
  const wantedMs = Math.ceil(TIMEOUT_FACTOR * p99 / TIMEOUT_STEP_MS) * TIMEOUT_STEP_MS;
  if (wantedMs > TIMEOUT_DEFAULT_MS) {
    const means =
      `slow: set timeout_ms to ${wantedMs} or more, and interval_ms well above it`;
    return finding(check, "warning", found, means, { timeoutMs: wantedMs });
  }
  return finding(
    check,
    "ok",
    found,
    `the default timeout_ms of ${TIMEOUT_DEFAULT_MS} is sufficient`,
  );
}

function assessPause(trials: readonly PauseTrial[], last: PauseTrial): Finding {
  const check = "pause between requests";
  const failed = trials.filter(({ failures }) => failures > 0);
  if (failed.length === 0) {
    return finding(
      check,
      "ok",
      `none needed: ${TRIALS} requests without a pause, no failures`,
      "gap_ms can stay 0",
    );
  }
  const tried = failed.map(({ gapMs }) => gapMs).join(", ");
  if (last.failures > 0) {
    return finding(
      check,
      "failure",
      `failures with every pause tried (${tried} ms)`,
      "the pause is not the cause; check for another client, a bad line or an overloaded gateway first",
      { gapMs: last.gapMs },
    );
  }
  return finding(
    check,
    "warning",
    `${last.gapMs} ms: no failures; with ${tried} ms requests were lost or refused`,
    `the device needs pauses: gap_ms = ${last.gapMs}`,
    { gapMs: last.gapMs },
  );
}
