/**
 * How fast a device answers, and how much rest it needs between requests.
 *
 * @module
 */

import { type Finding, finding, inMs, quantile } from "../finding.ts";
import { isTrouble, type KnownPatient, readTimed, withSession } from "./target.ts";

/** Requests at each pause. */
export const TRIALS = 40;
/** After so many troubles a pause is known to be too short. */
const TROUBLES_MAX = 3;
/** The pauses tried in turn, in ms. */
export const GAPS_TRIED_MS: readonly number[] = [0, 10, 20, 50, 100, 200, 500];
/** What `timeout_ms` is unless it is set. */
const TIMEOUT_DEFAULT_MS = 3_000;
/** A deadline is so many times the slowest answer, in steps of half a second. */
const TIMEOUT_FACTOR = 4;
const TIMEOUT_STEP_MS = 500;

/** What was measured at one pause. */
export interface Trial {
  readonly gapMs: number;
  /** Times of the answers, in ms. */
  readonly times: readonly number[];
  readonly troubles: number;
}

/** Asks again and again, with longer and longer pauses, until one gives no trouble. */
export async function measureTimes(patient: KnownPatient): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (const gapMs of GAPS_TRIED_MS) {
    const trial = await tryGap(patient, gapMs);
    trials.push(trial);
    if (trial.troubles === 0) break;
  }
  return trials;
}

async function tryGap(patient: KnownPatient, gapMs: number): Promise<Trial> {
  const { layout } = patient;
  // In turn a short read and the longest that every device gives, as a poll does.
  const longest = layout.models.reduce((most, { length }) => Math.max(most, length), 0);
  const model = layout.models.find(({ length }) => length === longest);
  const spans = [
    { address: layout.base, count: 2 },
    { address: model?.address ?? layout.base, count: Math.min(10, 2 + longest) },
  ];
  return await withSession(patient, gapMs, async (session) => {
    const times: number[] = [];
    let troubles = 0;
    for (let nth = 0; nth < TRIALS && troubles < TROUBLES_MAX; nth++) {
      const span = spans[nth % spans.length] ?? { address: layout.base, count: 2 };
      const timed = await readTimed(patient, session, span);
      if (timed.answer.ok) times.push(timed.ms - (nth === 0 ? 0 : gapMs));
      else if (isTrouble(timed)) troubles++;
    }
    return { gapMs, times: times.map((ms) => Math.max(0, ms)), troubles };
  });
}

/** What the trials mean. */
export function judgeTimes(trials: readonly Trial[]): readonly Finding[] {
  const last = trials.at(-1);
  if (last === undefined) return [];
  return [judgeAnswers(last), judgeGap(trials, last)];
}

function judgeAnswers({ times, gapMs }: Trial): Finding {
  const check = "answer times";
  if (times.length === 0) {
    return finding(
      check,
      "bad",
      "no request was answered",
      "the device is overloaded or gone; try again when nobody else asks it",
    );
  }
  const p50 = quantile(times, 0.5);
  const p99 = quantile(times, 0.99);
  const found =
    `p50 ${inMs(p50)}, p99 ${inMs(p99)}, longest ${inMs(Math.max(...times))}` +
    ` (${times.length} answers${gapMs > 0 ? `, ${gapMs} ms apart` : ""})`;
  const wanted = Math.ceil(TIMEOUT_FACTOR * p99 / TIMEOUT_STEP_MS) * TIMEOUT_STEP_MS;
  if (wanted > TIMEOUT_DEFAULT_MS) {
    const means =
      `slow: timeout_ms should be ${wanted} or more, and interval_ms well above that`;
    return finding(check, "note", found, means, { timeoutMs: wanted });
  }
  return finding(
    check,
    "good",
    found,
    `the default timeout_ms of ${TIMEOUT_DEFAULT_MS} is ample`,
  );
}

function judgeGap(trials: readonly Trial[], last: Trial): Finding {
  const check = "pause between requests";
  const failed = trials.filter(({ troubles }) => troubles > 0);
  if (failed.length === 0) {
    return finding(
      check,
      "good",
      `none needed: ${TRIALS} requests without a pause, no trouble`,
      "gap_ms may stay 0",
    );
  }
  const tried = failed.map(({ gapMs }) => gapMs).join(", ");
  if (last.troubles > 0) {
    return finding(
      check,
      "bad",
      `trouble at every pause tried (${tried} ms)`,
      "it is not the pause: another client, a bad line or a gateway at its limit is likely; look there first",
      { gapMs: last.gapMs },
    );
  }
  return finding(
    check,
    "note",
    `${last.gapMs} ms: no trouble; at ${tried} ms requests were lost or refused`,
    `the device needs rest: gap_ms = ${last.gapMs}`,
    { gapMs: last.gapMs },
  );
}
