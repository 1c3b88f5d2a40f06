/**
 * `queue stats`: number and age of the rows in the buffer, and the time until it is full.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { SnapshotReader, TopicCount } from "../../buffer/store/snapshot_reader.ts";
import { shareBytes } from "../../buffer/retention.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueOutput, QueueTarget } from "./result.ts";
import { formatAge, formatBytes } from "../../base/format.ts";
import { clean } from "../terminal/text.ts";

/** The rate is measured over the rows of this period, in ms. */
const RATE_WINDOW_MS = 600_000;

/** Shortest period for a meaningful rate, in ms. */
const RATE_WINDOW_MIN_MS = 10_000;

/** Size of a buffer without rows: its tables, and a few streams and schemas. */
const EMPTY_BYTES = 80 * 1024;

/** Counts the contents of the buffer. */
export function showStats(
  reader: SnapshotReader,
  { path, maxBytes }: QueueTarget,
  nowMs: number,
): { readonly ok: true; readonly value: QueueOutput } {
  const topics = reader.topics();
  const rows = topics.reduce((sum, topic) => sum + topic.rows, 0);
  const { usedBytes, oldestAtMs, deadLetters, gaps } = reader;
  const oldestAgeMs = oldestAtMs === null ? null : Math.max(0, nowMs - oldestAtMs);
  const windowMs = Math.min(RATE_WINDOW_MS, oldestAgeMs ?? 0);
  const rowsPerSecond = windowMs < RATE_WINDOW_MIN_MS
    ? null
    : reader.countSince(nowMs - windowMs) / (windowMs / 1_000);
  const bytesMax = maxBytes === null ? null : shareBytes(maxBytes).fileBytesMax;
  const fullInMs = bytesMax === null || rowsPerSecond === null || rows === 0
    ? null
    : timeToFill(bytesMax - usedBytes, rowsPerSecond * bytesPerRow(topics, usedBytes));
  const pending = gaps.filter(({ announced }) => !announced).length;
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
      gapsToAnnounce: pending,
    },
    lines: [
      `rows    ${rows.toLocaleString("en-US")}`,
      `bytes   ${formatBytes(usedBytes)}${
        bytesMax === null ? "" : ` of ${formatBytes(bytesMax)}`
      }`,
      `oldest  ${oldestAgeMs === null ? "none" : `${formatAge(oldestAgeMs)} ago`}`,
      `rate    ${
        rowsPerSecond === null
          ? `unknown: ${
            rows === 0 ? "the buffer is empty" : "the oldest row is too recent"
          }`
          : `${rowsPerSecond.toFixed(1)} rows per second`
      }`,
      `full    ${describeFill(fullInMs, bytesMax)}`,
      ...topics.map(({ topic, rows, payloadBytes }) =>
        `topic   ${clean(topic)}: ${rows.toLocaleString("en-US")} rows, ${
          formatBytes(payloadBytes)
        }`
      ),
      `others  ${deadLetters} dead letters, ${pending} gaps to announce`,
    ],
  });
}

/** Average page bytes per row; at least the payload. */
function bytesPerRow(topics: readonly TopicCount[], usedBytes: number): number {
  const rows = topics.reduce((sum, topic) => sum + topic.rows, 0);
  const payload = topics.reduce((sum, topic) => sum + topic.payloadBytes, 0);
  return Math.max(usedBytes - EMPTY_BYTES, payload) / rows;
}

/** Time in ms; null = never at this rate. */
function timeToFill(bytesLeft: number, bytesPerSecond: number): number | null {
  return bytesPerSecond > 0
    ? Math.max(0, Math.round(bytesLeft / bytesPerSecond * 1_000))
    : null;
}

function describeFill(fullInMs: number | null, bytesMax: number | null): string {
  if (bytesMax === null) {
    return "unknown: the limit is in the configuration (use --config)";
  }
  if (fullInMs === null) return "unknown: no rate";
  const hours = fullInMs / 3_600_000;
  return `in ${
    hours < 48 ? formatAge(fullInMs) : `${Math.floor(hours / 24)} days`
  } at this rate without delivery`;
}
