/**
 * What the pump does with a batch that was not taken: carries out the verdict
 * on it, and says how long nothing is tried.
 *
 * @module
 */

import { type BackoffLimits, backoffMs } from "../../base/backoff.ts";
import type { Lane, Lanes } from "./topic_queue.ts";
import type { PumpOptions } from "./pump_options.ts";
import type { PumpBook } from "./pump_status.ts";
import type { SendFailure } from "../uplink.ts";
import { isRefusal, judge } from "./disposition.ts";

/** A topic (or the uplink) on hold is tried again this often, in ms. */
export const HOLD_RETRY_MS = 15_000;

/**
 * From the beginning of one try to that of the next while the far side is away:
 * a try that took its time by being silent is followed by the next at once, so
 * that rows flow within 10 s of a fault's end and a slow link does not idle.
 */
const AWAY_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 5_000 };
/** Waits between tries of one topic. */
const TOPIC_BACKOFF: BackoffLimits = { firstMs: 500, longestMs: 10_000 };
/** No wait after a failure is shorter: jitter alone could give 0. */
const WAIT_MIN_MS = 100;
/** So many failures of one batch that no rule knows are worth a person's look. */
const ALARM_AFTER_FAILURES = 10;

/** What is needed for that. */
export interface SetbackOptions
  extends Pick<PumpOptions, "buffer" | "clock" | "chance" | "brokerAddress"> {
  readonly lanes: Lanes;
  readonly book: PumpBook;
}

/** A batch that was not taken. */
export interface Setback {
  readonly lane: Lane;
  /** It was the first so many of the lane. */
  readonly rows: number;
  readonly failure: SendFailure;
  /** `monotonicMs` when its send began. */
  readonly beganMs: number;
}

/** The setbacks of a pump. */
export interface Setbacks {
  /** Nothing is tried before this (`monotonicMs`): the far side is away, or refuses us. */
  readonly pausedUntilMs: number;
  /** A batch was not taken. */
  take(setback: Setback): void;
  /** A batch of this lane was taken. */
  over(lane: Lane): void;
}

/** A pump begins without any. */
export function createSetbacks(options: SetbackOptions): Setbacks {
  const { buffer, clock, chance, lanes, book } = options;
  let pausedUntilMs = -Infinity;
  let awayFailures = 0;

  function take({ lane, rows, failure, beganMs }: Setback): void {
    const { errorName } = failure;
    if (lane.lastErrorName !== errorName) book.failing(lane.topic, rows, failure);
    book.failed(failure);
    lane.lastErrorName = errorName;
    lane.failures++;
    const ids = lane.rows.slice(0, rows).map((row) => row.id);
    if (isRefusal(errorName)) buffer.refused(ids);
    const verdict = judge({
      ...failure,
      topic: lane.topic,
      rows,
      brokerAddress: options.brokerAddress,
      buriedInARow: lane.buriedInARow,
    });
    switch (verdict.then) {
      case "split":
        lane.pinnedRows = null;
        lane.bound.shrink(rows);
        return;
      case "bury":
        for (const id of ids) {
          buffer.bury(id, verdict.reason);
          book.buried(lane.topic, id, verdict.reason);
        }
        lanes.drop(lane, rows);
        lane.buriedInARow += rows;
        calm(lane);
        return;
      case "shrink":
        lane.pinnedRows = null;
        lane.bound.shrink(rows);
        stayAway(beganMs);
        return;
      case "retry":
        lane.pinnedRows = rows;
        if (verdict.scope === "uplink") {
          stayAway(beganMs);
          return;
        }
        if (lane.failures >= ALARM_AFTER_FAILURES) {
          book.raise(lane.topic, errorName, unknownTrouble(lane.topic, failure));
        }
        setAside(
          lane,
          Math.max(WAIT_MIN_MS, backoffMs(lane.failures, TOPIC_BACKOFF, chance)),
        );
        return;
      case "hold":
        lane.pinnedRows = rows;
        book.raise(
          verdict.scope === "topic" ? lane.topic : null,
          errorName,
          verdict.alarm,
        );
        if (verdict.scope === "topic") setAside(lane, HOLD_RETRY_MS);
        else pausedUntilMs = clock.monotonicMs() + HOLD_RETRY_MS;
        return;
      default:
        verdict satisfies never;
    }
  }

  /** The topic waits; its rows leave the memory to the topics that flow. */
  function setAside(lane: Lane, durationMs: number): void {
    lane.notBeforeMs = clock.monotonicMs() + durationMs;
    lanes.letGo(lane);
  }

  /** Nothing is tried for a while after a try that began at `beganMs`. */
  function stayAway(beganMs: number): void {
    awayFailures++;
    pausedUntilMs = Math.max(
      clock.monotonicMs() + WAIT_MIN_MS,
      beganMs + backoffMs(awayFailures, AWAY_BACKOFF, chance),
    );
  }

  return {
    get pausedUntilMs() {
      return pausedUntilMs;
    },
    take,
    over(lane) {
      awayFailures = 0;
      calm(lane);
      lane.buriedInARow = 0;
    },
  };
}

function calm(lane: Lane): void {
  lane.pinnedRows = null;
  lane.failures = 0;
  lane.lastErrorName = null;
}

function unknownTrouble(topic: string, failure: SendFailure): string {
  return `The topic ${topic} takes nothing, try after try: ${failure.errorName} (${failure.detail})`;
}
