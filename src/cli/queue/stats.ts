/**
 * `queue stats`: how much waits, since when, and when the buffer is full.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { Inspector, TopicCount } from "../../buffer/store/snapshot_reader.ts";
import { shareBytes } from "../../buffer/retention.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueAnswer, QueuePlace } from "./queue.ts";
import { clean, formatAge, formatBytes } from "../terminal/table.ts";

/** The rate is that of the rows of this time, in ms. */
const RATE_WINDOW_MS = 600_000;

/** Over less time than this a rate says nothing, in ms. */
const RATE_WINDOW_MIN_MS = 10_000;

/** What a buffer without rows takes: its tables, and a few streams and schemas. */
const EMPTY_BYTES = 80 * 1024;

/** Counts what is in the buffer. */
export function showStats(
  inspector: Inspector,
  { path, maxBytes }: QueuePlace,
  nowMs: number,
): { readonly ok: true; readonly value: QueueAnswer } {
  const topics = inspector.topics();
  const rows = topics.reduce((sum, topic) => sum + topic.rows, 0);
  const { usedBytes, oldestAtMs, deadLetters, gaps } = inspector;
  const oldestAgeMs = oldestAtMs === null ? null : Math.max(0, nowMs - oldestAtMs);
  const windowMs = Math.min(RATE_WINDOW_MS, oldestAgeMs ?? 0);
  const rowsPerSecond = windowMs < RATE_WINDOW_MIN_MS
    ? null
    : inspector.countSince(nowMs - windowMs) / (windowMs / 1_000);
  const bytesMax = maxBytes === null ? null : shareBytes(maxBytes).fileBytesMax;
  const fullInMs = bytesMax === null || rowsPerSecond === null || rows === 0
    ? null
    : timeToFill(bytesMax - usedBytes, rowsPerSecond * bytesPerRow(topics, usedBytes));
  const waiting = gaps.filter(({ announced }) => !announced).length;
  return good({
    code: EXIT.ok,
    json: {
      path,
      rows,
      bytes: usedBytes,
      bytesMax,
      oldestAtMs,
      oldestAgeMs,
      rowsPerSecond,
      fullInMs,
      topics,
      deadLetters,
      gapsToAnnounce: waiting,
    },
    lines: [
      `rows    ${rows.toLocaleString("en-US")}`,
      `bytes   ${formatBytes(usedBytes)}${
        bytesMax === null ? "" : ` of ${formatBytes(bytesMax)}`
      }`,
      `oldest  ${oldestAgeMs === null ? "none" : `${formatAge(oldestAgeMs)} ago`}`,
      `rate    ${
        rowsPerSecond === null
          ? `not known: ${
            rows === 0 ? "nothing waits" : "the rows that wait are too young"
          }`
          : `${rowsPerSecond.toFixed(1)} rows a second, of those that wait`
      }`,
      `full    ${describeFill(fullInMs, bytesMax)}`,
      ...topics.map(({ topic, rows, payloadBytes }) =>
        `topic   ${clean(topic)}: ${rows.toLocaleString("en-US")} rows, ${
          formatBytes(payloadBytes)
        }`
      ),
      `others  ${deadLetters} dead letters, ${waiting} gaps to announce`,
    ],
  });
}

/** In pages, as far as they are full of rows; never less than the payload. */
function bytesPerRow(topics: readonly TopicCount[], usedBytes: number): number {
  const rows = topics.reduce((sum, topic) => sum + topic.rows, 0);
  const payload = topics.reduce((sum, topic) => sum + topic.payloadBytes, 0);
  return Math.max(usedBytes - EMPTY_BYTES, payload) / rows;
}

/** null = never, at this rate. */
function timeToFill(bytesLeft: number, bytesPerSecond: number): number | null {
  return bytesPerSecond > 0
    ? Math.max(0, Math.round(bytesLeft / bytesPerSecond * 1_000))
    : null;
}

function describeFill(fullInMs: number | null, bytesMax: number | null): string {
  if (bytesMax === null) {
    return "not known: the bound stands in the configuration (--config)";
  }
  if (fullInMs === null) return "not known: there is no rate";
  const hours = fullInMs / 3_600_000;
  return `in ${
    hours < 48 ? formatAge(fullInMs) : `${Math.floor(hours / 24)} days`
  } at this rate, if nothing is delivered`;
}
