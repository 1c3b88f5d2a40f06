/**
 * The timestamp of a Kafka record: `sampled_at`, or the send time where the topic would
 * refuse or soon delete a record with that time. Pure.
 *
 * @module
 */

import { isClockCredible } from "../../../base/credible_clock.ts";

/** Which timestamps a topic accepts and how long it keeps them, in ms; null = no limit. */
export interface TopicTimes {
  readonly beforeMaxMs: number | null;
  readonly afterMaxMs: number | null;
  readonly retentionMs: number | null;
}

/** Why the send time is used; the value of the header `timestamp_adjusted`. */
export type TimestampReason =
  /** `sampled_at` is from a clock that cannot be right. */
  | "clock"
  /** Older, or further in the future, than the topic accepts. */
  | "too_old"
  | "too_new"
  /** Older than half of the time that the topic keeps records. */
  | "retention"
  /** The broker refused the record with `sampled_at`. */
  | "refused";

/** The timestamp of a record, in ms since the Unix epoch. */
export interface RecordTimestamp {
  readonly timestampMs: number;
  /** Null = the timestamp is `sampled_at`. */
  readonly reason: TimestampReason | null;
}

/** Name of the header of a record whose timestamp is not `sampled_at`. */
export const TIMESTAMP_HEADER = "timestamp_adjusted";

/**
 * "No timestamp" (Kafka protocol guide, "Record Batch"): the broker keeps such records by
 * its own clock. Used while the gateway's clock cannot be right.
 */
export const NO_TIMESTAMP = -1;

/** Without the right to read the settings of a topic, older rows get the send time. */
const AGE_MAX_UNKNOWN_MS = 24 * 60 * 60 * 1_000;
/** The broker compares with its own clock, some time later. */
const MARGIN_MAX_MS = 60_000;
/** The margin is at most this part of the limit. */
const MARGIN_PART = 0.1;

/** The settings that {@linkcode parseTopicTimes} uses. */
export const TIME_SETTINGS: readonly string[] = [
  "cleanup.policy",
  "message.timestamp.after.max.ms",
  "message.timestamp.before.max.ms",
  "message.timestamp.difference.max.ms",
  "message.timestamp.type",
  "retention.ms",
];

/**
 * The limits in the settings of a topic, by name.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { parseTopicTimes } from "./timestamp.ts";
 *
 * const settings = new Map([["retention.ms", "600000"], ["cleanup.policy", "delete"]]);
 * deepStrictEqual(parseTopicTimes(settings), {
 *   beforeMaxMs: null,
 *   afterMaxMs: null,
 *   retentionMs: 600_000,
 * });
 * ```
 */
export function parseTopicTimes(settings: ReadonlyMap<string, string>): TopicTimes {
  const limitOf = (name: string): number | null => {
    const value = Number(settings.get(name) ?? NaN);
    return Number.isSafeInteger(value) && value >= 0 ? value : null;
  };
  // With this type the broker replaces the timestamp by its own time.
  if (settings.get("message.timestamp.type") === "LogAppendTime") {
    return { beforeMaxMs: null, afterMaxMs: null, retentionMs: null };
  }
  const deletes = settings.get("cleanup.policy")?.includes("delete") ?? true;
  // The name before Kafka 3.6, for both directions.
  const either = limitOf("message.timestamp.difference.max.ms");
  return {
    beforeMaxMs: limitOf("message.timestamp.before.max.ms") ?? either,
    afterMaxMs: limitOf("message.timestamp.after.max.ms") ?? either,
    retentionMs: deletes ? limitOf("retention.ms") : null,
  };
}

/**
 * The timestamp of a record that is sent now.
 *
 * @param sampledAtMs `sampled_at` of the record
 * @param nowMs wall clock of the gateway
 * @param times undefined = the settings of the topic are not known
 * @param wasRefused the broker has refused the record with the preferred one of
 * `sampled_at` and the send time: the gateway's clock may be ahead
 */
export function timestampOf(
  sampledAtMs: number,
  nowMs: number,
  times: TopicTimes | undefined,
  wasRefused: boolean,
): RecordTimestamp {
  const preferred = reasonToAdjust(sampledAtMs, nowMs, times);
  const reason = wasRefused ? otherReason(preferred) : preferred;
  if (reason === null) return { timestampMs: sampledAtMs, reason };
  return { timestampMs: isClockCredible(nowMs) ? nowMs : NO_TIMESTAMP, reason };
}

/** The other time is tried after a refusal; a time that cannot be right never is. */
function otherReason(refused: TimestampReason | null): TimestampReason | null {
  if (refused === "clock") return refused;
  return refused === null ? "refused" : null;
}

function reasonToAdjust(
  sampledAtMs: number,
  nowMs: number,
  times: TopicTimes | undefined,
): TimestampReason | null {
  if (!isClockCredible(sampledAtMs)) return "clock";
  // The age of a row cannot be computed with a wrong clock.
  if (!isClockCredible(nowMs)) return null;
  const ageMs = nowMs - sampledAtMs;
  if (times === undefined) return ageMs > AGE_MAX_UNKNOWN_MS ? "too_old" : null;
  if (isBeyond(ageMs, times.beforeMaxMs)) return "too_old";
  if (isBeyond(-ageMs, times.afterMaxMs)) return "too_new";
  const { retentionMs } = times;
  return retentionMs !== null && ageMs > retentionMs / 2 ? "retention" : null;
}

function isBeyond(valueMs: number, limitMs: number | null): boolean {
  if (limitMs === null) return false;
  return valueMs > limitMs - Math.min(MARGIN_MAX_MS, limitMs * MARGIN_PART);
}

/** The limits after a refusal of rows with these times: what was refused is beyond them. */
export function learnRefusal(
  times: TopicTimes | undefined,
  sampledAtMs: readonly number[],
  nowMs: number,
): TopicTimes {
  const known = times ?? {
    beforeMaxMs: null,
    afterMaxMs: null,
    retentionMs: 2 * AGE_MAX_UNKNOWN_MS,
  };
  const ages = sampledAtMs.map((atMs) => nowMs - atMs);
  const least = (limitMs: number | null, values: readonly number[]) =>
    values.length === 0
      ? limitMs
      : Math.min(limitMs ?? Infinity, ...values.map((value) => Math.floor(value)));
  return {
    ...known,
    beforeMaxMs: least(known.beforeMaxMs, ages.filter((ageMs) => ageMs > 0)),
    afterMaxMs: least(
      known.afterMaxMs,
      ages.filter((ageMs) => ageMs < 0).map((ageMs) => -ageMs),
    ),
  };
}
