/**
 * The worker's memory: what was handed over and is not on disk yet, and when
 * it must get there. A commit that the disk refuses leaves everything here, to
 * be tried again; nothing is dropped.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { BufferBounds, BufferStats, NewRow } from "./buffer.ts";
import { DbFailure } from "./store/database.ts";
import { pending } from "./gaps.ts";
import type { WorkerState } from "./worker/protocol.ts";
import { mustSync, nextCommitMs, type Pace } from "./commit_schedule.ts";
import { type Batch, EMPTY_BATCH, type Queue } from "./queue.ts";

/** Rows in one transaction at most. */
export const COMMIT_ROWS_MAX = 5_000;

/** Gaps shown at a time; the rest show once these are announced. */
export const GAPS_SHOWN_MAX = 500;

/** Waits after a commit that failed, doubling. */
const RETRY_FIRST_MS = 250;
const RETRY_LONGEST_MS = 5_000;

/** The worker's memory. */
export interface Keeper {
  /** Delivered, buried or corrupt rows that are still in the file. */
  readonly hidden: ReadonlySet<number>;
  /** Rows that wait to be committed. */
  readonly waiting: number;
  /** Why the last commit failed; null after a good one. */
  readonly lastError: string | null;
  append(rows: readonly NewRow[]): void;
  settle(ids: readonly number[]): void;
  refused(ids: readonly number[]): void;
  bury(id: number, reason: string): void;
  /** Rows whose crc does not hold. */
  corrupt(ids: readonly number[]): void;
  addSchema(fingerprint: string, text: string): void;
  /** The text of a schema, committed or not. */
  schema(fingerprint: string): string | undefined;
  /** Monotonic time at which {@linkcode Keeper.commit} is due; Infinity = not at all. */
  dueMs(): number;
  /**
   * Commits all that waits; `durable` = with FULL whatever the window says.
   *
   * @returns false if the disk refused (see `lastError`).
   * @throws {DbFailure} if it is no use to try again.
   */
  commit(durable: boolean): boolean;
  /** Sets pace and bounds from now on. */
  adjust(bounds: BufferBounds): void;
  /** Gives up some rows beyond the bounds; false if there are none, or the disk refused. */
  trim(): boolean;
  /** What the main thread is to know; tells changes of gaps once. */
  state(): WorkerState;
}

/** Makes the memory over an open queue. */
export function createKeeper(queue: Queue, firstPace: Pace, clock: Clock): Keeper {
  let pace = firstPace;
  let rows: NewRow[] = [];
  let bytesWaiting = 0;
  let settled: number[] = [];
  let hidden = new Set<number>();
  let refused = new Map<number, number>();
  let buried = new Map<number, string>();
  let corrupt: number[] = [];
  let schemas = new Map<string, string>();

  let waitingSinceMs: number | null = null;
  let openSinceMs: number | null = null;
  let retryAtMs = -Infinity;
  let attempts = 0;
  let lastError: string | null = null;
  let rowsDone = 0;
  let bytesDone = 0;
  let commitMsMax = 0;
  let shownGaps: unknown;
  let givenUpAtMs: number | null = null;
  const counts = {
    stored: 0,
    storedBytes: 0,
    delivered: 0,
    givenUp: 0,
    deadLetters: 0,
  };
  const commits = { all: 0, full: 0, failed: 0 };

  const changed = (): void => void (waitingSinceMs ??= clock.monotonicMs());

  function hide(ids: Iterable<number>): number[] {
    const fresh = [...ids].filter((id) => !hidden.has(id));
    for (const id of fresh) hidden.add(id);
    if (fresh.length > 0) changed();
    return fresh;
  }

  /** One transaction; afterwards what it took is forgotten here. */
  function commitOne(batch: Batch, full: boolean): void {
    const startMs = clock.monotonicMs();
    const wallMs = clock.wallMs();
    const done = queue.commit(batch, wallMs, full);
    const { stored, delivered, givenUp, deadLetters } = done;
    counts.stored += stored;
    counts.delivered += delivered;
    counts.givenUp += givenUp;
    if (givenUp > 0) givenUpAtMs = wallMs;
    counts.deadLetters += deadLetters;
    commits.all++;
    if (full) commits.full++;
    openSinceMs = full ? null : openSinceMs ?? startMs;
    commitMsMax = Math.max(commitMsMax, clock.monotonicMs() - startMs);
    const bytes = bytesOf(batch.rows);
    counts.storedBytes += bytes;
    rows = rows.slice(batch.rows.length);
    rowsDone += batch.rows.length;
    bytesDone += bytes;
    bytesWaiting -= bytes;
  }

  function forgetChanges(): void {
    settled = [];
    corrupt = [];
    refused = new Map();
    buried = new Map();
    schemas = new Map();
    hidden = new Set();
  }

  function commitAll(full: boolean): void {
    const changes = settled.length + corrupt.length + refused.size + buried.size +
      schemas.size;
    let first = true;
    do {
      const part = takeable(rows, queue.limits.commitBytesMax);
      const last = part.length === rows.length;
      const nothing = part.length === 0 && (!first || changes === 0);
      if (nothing && (!full || openSinceMs === null)) return;
      const batch: Batch = nothing
        ? EMPTY_BATCH
        : first
        ? { rows: part, settled, refused, buried, corrupt, schemas }
        : { ...EMPTY_BATCH, rows: part };
      commitOne(batch, full && last);
      if (first) forgetChanges();
      first = false;
    } while (rows.length > 0);
  }

  /**
   * On a full disk, the log's own space and what was delivered may make room
   * for what waits.
   */
  function makeRoom(): void {
    try {
      queue.checkpoint();
      if (settled.length === 0) return;
      commitOne({ ...EMPTY_BATCH, settled }, false);
      for (const id of settled) hidden.delete(id);
      settled = [];
    } catch (error) {
      if (!(error instanceof DbFailure) || !error.passes) throw error;
    }
  }

  function commit(durable: boolean): boolean {
    const nowMs = clock.monotonicMs();
    const full = durable || mustSync(pace, { waitingSinceMs, openSinceMs }, nowMs);
    try {
      commitAll(full);
      waitingSinceMs = null;
      retryAtMs = -Infinity;
      attempts = 0;
      lastError = null;
      return true;
    } catch (error) {
      if (!(error instanceof DbFailure) || !error.passes) throw error;
      commits.failed++;
      lastError = `${WORDS[error.trouble] ?? error.trouble}: ${error.message}`;
      const waitMs = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** attempts);
      attempts = Math.min(attempts + 1, 16);
      retryAtMs = clock.monotonicMs() + waitMs;
      if (error.trouble === "full") makeRoom();
      return false;
    }
  }

  function stats(): BufferStats {
    const longest = commitMsMax;
    commitMsMax = 0;
    return {
      rows: queue.rows,
      bytes: queue.bytes,
      oldestAtMs: queue.oldestAtMs,
      ...counts,
      givenUpAtMs,
      commits: commits.all,
      fullCommits: commits.full,
      commitMsMax: longest,
      waiting: rows.length,
      failedCommits: commits.failed,
      lastError,
    };
  }

  return {
    get hidden() {
      return hidden;
    },
    get waiting() {
      return rows.length;
    },
    get lastError() {
      return lastError;
    },
    append(added) {
      if (added.length === 0) return;
      for (const row of added) rows.push(row);
      bytesWaiting += bytesOf(added);
      changed();
    },
    settle(ids) {
      settled.push(...hide(ids));
    },
    refused(ids) {
      for (const id of ids) refused.set(id, (refused.get(id) ?? 0) + 1);
      if (ids.length > 0) changed();
    },
    bury(id, reason) {
      for (const fresh of hide([id])) buried.set(fresh, reason);
    },
    corrupt(ids) {
      corrupt.push(...hide(ids));
    },
    addSchema(fingerprint, text) {
      if (queue.schema(fingerprint) !== undefined) return;
      schemas.set(fingerprint, text);
      changed();
    },
    schema: (fingerprint) => schemas.get(fingerprint) ?? queue.schema(fingerprint),
    dueMs() {
      const due = nextCommitMs(pace, { waitingSinceMs, openSinceMs });
      const many = rows.length >= COMMIT_ROWS_MAX ||
        bytesWaiting >= queue.limits.commitBytesMax;
      return Math.max(many ? -Infinity : due, retryAtMs);
    },
    commit,
    adjust(bounds) {
      pace = bounds;
      queue.adjust(bounds);
    },
    trim() {
      try {
        const { givenUp } = queue.trim();
        counts.givenUp += givenUp;
        return givenUp > 0;
      } catch (error) {
        // Every commit keeps the bounds too.
        if (!(error instanceof DbFailure) || !error.passes) throw error;
        return false;
      }
    },
    state() {
      const told = shownGaps === queue.gaps;
      shownGaps = queue.gaps;
      return {
        stats: stats(),
        ...(told ? {} : { gaps: pending(queue.gaps).slice(0, GAPS_SHOWN_MAX) }),
        lastId: queue.lastId,
        rowsDone,
        bytesDone,
      };
    },
  };
}

const WORDS: Readonly<Record<string, string>> = {
  full: "disk full",
  io: "disk failure",
  busy: "file in use",
};

/** The first rows that one transaction takes: one at least. */
function takeable(rows: readonly NewRow[], bytesMax: number): NewRow[] {
  let bytes = 0;
  let count = 0;
  for (const row of rows) {
    bytes += row.payload.length;
    if (count > 0 && (bytes > bytesMax || count >= COMMIT_ROWS_MAX)) break;
    count++;
  }
  return rows.slice(0, count);
}

function bytesOf(rows: readonly NewRow[]): number {
  let bytes = 0;
  for (const row of rows) bytes += row.payload.length;
  return bytes;
}
