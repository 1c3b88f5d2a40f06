/**
 * Logs problems of the buffer's disk: failed commits, recovery, slow commits, a
 * write-ahead log that a reader keeps from being reused, and a `max_bytes` that is too
 * small for the devices.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { sleepUntilTick } from "../base/ticks.ts";
import type { Buffer } from "../buffer/buffer.ts";
import { isDiskFull } from "./disk_full.ts";

/** How often the statistics are checked, in ms. */
const CHECK_INTERVAL_MS = 1_000;

/** Minimum duration of a commit to be logged as slow, in ms. */
export const COMMIT_SLOW_MS = 1_000;

/**
 * Number of consecutive checks at which the write-ahead log exceeds its share before
 * that is logged: a commit in progress exceeds it for a moment.
 */
const LOG_CHECKS = 3;

/**
 * Number of consecutive checks with the same least `max_bytes` before it is logged: after
 * the start, and during a scan, devices are found one by one.
 */
export const SIZE_CHECKS = 60;

/** Checks the buffer until `signal` aborts, then throws its reason. */
export async function logBufferProblems(
  buffer: Pick<Buffer, "stats">,
  path: string,
  clock: Clock,
  log: Log,
  signal: AbortSignal,
  freeBytes: () => number | null = () => null,
): Promise<never> {
  let error: string | null = null;
  let markError: string | null = null;
  let wasDiskFull = false;
  let commits = 0;
  let logChecks = 0;
  let leastBytes: number | null = null;
  let sizeChecks = 0;
  for (;;) {
    await sleepUntilTick(clock, CHECK_INTERVAL_MS, signal);
    const { stats } = buffer;
    if (stats.lastError !== null && stats.lastError !== error) {
      log.event("buffer.failed", { error: stats.lastError, waiting: stats.waiting });
    } else if (stats.lastError === null && error !== null) {
      log.event("buffer.recovered", { rows: stats.rows });
    }
    error = stats.lastError;
    if (stats.markError !== null && stats.markError !== markError) {
      log.event("buffer.mark_failed", { error: stats.markError });
    }
    markError = stats.markError;
    const isFull = isDiskFull(stats, freeBytes());
    if (isFull !== wasDiskFull) {
      if (isFull) log.event("buffer.disk_full", { rows: stats.rows });
      else log.event("buffer.disk_free", { rows: stats.rows });
    }
    wasDiskFull = isFull;
    const before = logChecks;
    logChecks = stats.logBytes > stats.logBytesMax ? before + 1 : 0;
    const { logBytes: bytes, logBytesMax: bytesMax } = stats;
    if (logChecks === LOG_CHECKS) {
      log.event("buffer.log_held", { path, bytes, bytesMax });
    }
    if (logChecks === 0 && before >= LOG_CHECKS) {
      log.event("buffer.log_released", { bytes });
    }
    sizeChecks = stats.maxBytesLeast === leastBytes ? sizeChecks + 1 : 1;
    leastBytes = stats.maxBytesLeast;
    if (leastBytes !== null && sizeChecks === SIZE_CHECKS) {
      log.event("buffer.too_small", { leastBytes });
    }
    if (stats.commits !== commits && stats.commitMsMax >= COMMIT_SLOW_MS) {
      log.event("buffer.slow", { commitMs: Math.round(stats.commitMsMax) });
    }
    commits = stats.commits;
  }
}
