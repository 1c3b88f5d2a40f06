/**
 * The write buffer (group commit): collects changes in memory and commits them to
 * the queue in few transactions. A failed commit leaves everything pending and is
 * retried; nothing is dropped. The state is in `write_buffer_state.ts`.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { BufferBounds, BufferStats, NewRow } from "../buffer.ts";
import { type CommitTiming, mustSync } from "./commit_schedule.ts";
import { type Committer, createCommitter, type DiskReserve } from "./committer.ts";
import { pending } from "../gaps.ts";
import type { Change } from "./pending_changes.ts";
import type { Queue } from "../queue.ts";
import { missingSize, schemaPageBytes } from "../retention.ts";
import { ignoreTransient } from "../store/database.ts";
import type { WorkerState } from "../worker/protocol.ts";
import { dueMsOf, type WriteBufferState } from "./write_buffer_state.ts";

/** Maximum number of gaps reported at a time; the others follow once these are announced. */
export const GAPS_REPORTED_MAX = 500;

/** Collects changes and commits them. */
export interface WriteBuffer {
  /** Ids of delivered, dead-lettered or corrupt rows that are still in the file. */
  readonly hidden: ReadonlySet<number>;
  /** Number of uncommitted rows. */
  readonly waiting: number;
  /** Fingerprints of the schemas added since the start, stored before or not. */
  readonly schemasUsed: ReadonlySet<string>;
  /** True while the disk is full: the pages of deleted rows are used for new ones. */
  readonly isDiskFull: boolean;
  /** Why the last commit failed; null after a successful one. */
  readonly lastError: string | null;
  append(rows: readonly NewRow[]): void;
  acknowledge(ids: readonly number[]): void;
  reject(ids: readonly number[]): void;
  deadLetter(id: number, reason: string): void;
  /** Marks damaged rows. */
  corrupt(ids: readonly number[]): void;
  addSchema(fingerprint: string, text: string): void;
  /** The text of a schema, committed or not. */
  schema(fingerprint: string): string | undefined;
  /** Monotonic time at which {@linkcode WriteBuffer.commit} is due; Infinity = not at all. */
  dueMs(): number;
  /**
   * Commits all pending changes; `durable` = with synchronous=FULL in any case.
   *
   * @returns false if the commit failed and is to be retried (see `lastError`).
   * @throws {DbFailure} if a retry cannot succeed.
   */
  commit(durable: boolean): boolean;
  /** Changes commit timing and limits. */
  adjust(bounds: BufferBounds): void;
  /** Evicts some rows beyond the limits; false if there are none, or on a transient failure. */
  trim(): boolean;
  /** The state for the main thread; includes the gaps only if they changed since the last call. */
  state(): WorkerState;
}

const NO_RESERVE: DiskReserve = {
  resize: () => {},
  release: () => {},
  renew: () => Infinity,
};

/**
 * Creates a write buffer over an open queue.
 *
 * @param reserve released before a commit is repeated that failed on a full disk
 */
export function createWriteBuffer(
  queue: Queue,
  firstTiming: CommitTiming,
  clock: Clock,
  reserve: DiskReserve = NO_RESERVE,
): WriteBuffer {
  let timing = firstTiming;
  const committer = createCommitter(queue, clock, reserve);
  const report = createReport(queue, committer);
  const schemasUsed = new Set<string>();
  let schemaBytes = 0;

  function change(change: Change): void {
    committer.dispatch({ kind: "change", change, nowMs: clock.monotonicMs() });
  }

  return {
    get hidden() {
      return committer.state.hidden;
    },
    get waiting() {
      return committer.state.rows.length;
    },
    get isDiskFull() {
      return committer.isDiskFull;
    },
    get lastError() {
      return committer.state.lastError;
    },
    schemasUsed,
    append: (rows) =>
      committer.dispatch({ kind: "append", rows, nowMs: clock.monotonicMs() }),
    acknowledge(ids) {
      queue.settle(ids);
      change({ kind: "acknowledge", ids });
    },
    reject: (ids) => change({ kind: "reject", ids }),
    deadLetter: (id, reason) => change({ kind: "deadLetter", id, reason }),
    corrupt: (ids) => change({ kind: "corrupt", ids }),
    addSchema(fingerprint, text) {
      if (!schemasUsed.has(fingerprint)) schemaBytes += schemaPageBytes(text);
      schemasUsed.add(fingerprint);
      if (queue.hasSchema(fingerprint, text)) return;
      change({ kind: "addSchema", fingerprint, text });
    },
    schema: (fingerprint) =>
      committer.state.changes.schemas.get(fingerprint) ?? queue.schema(fingerprint),
    dueMs: () => dueMsOf(committer.state, timing, queue.limits.commitBytesMax),
    commit: (durable) =>
      committer.commit(
        durable || mustSync(timing, committer.state, clock.monotonicMs()),
      ),
    adjust(bounds) {
      timing = bounds;
      committer.adjust(bounds);
    },
    trim() {
      // A failure does no harm: every commit enforces the limits too.
      const evicted = ignoreTransient(() => queue.trim().evicted) ?? 0;
      committer.dispatch({ kind: "trimmed", evicted });
      return evicted > 0;
    },
    state: () => report(schemaBytes),
  };
}

/**
 * Reports the state of the queue. Gaps are reported only after they have changed.
 *
 * @returns a function of the size of the schemas in use, in bytes
 */
function createReport(
  queue: Queue,
  committer: Committer,
): (schemaBytes: number) => ReturnType<WriteBuffer["state"]> {
  let reportedGaps: unknown;
  return (schemaBytes) => {
    const { isDiskFull } = committer;
    const content = { streams: queue.streams.size, schemaBytes };
    const maxBytesLeast = missingSize(content, queue.limits);
    const stats = { ...toStats(queue, committer.state), isDiskFull, maxBytesLeast };
    committer.dispatch({ kind: "statsRead" });
    const { gaps } = queue;
    const isReported = reportedGaps === gaps;
    reportedGaps = gaps;
    const open = isReported ? [] : pending(gaps);
    return {
      stats,
      ...(isReported ? {} : {
        gaps: open.slice(0, GAPS_REPORTED_MAX),
        gapsAnnounced: gaps.gaps.length - open.length,
      }),
      lastId: queue.lastId,
      rowsCompleted: committer.state.rowsCompleted,
      bytesCompleted: committer.state.bytesCompleted,
    };
  };
}

function toStats(
  queue: Queue,
  state: WriteBufferState,
): Omit<BufferStats, "isDiskFull" | "maxBytesLeast"> {
  return {
    rows: queue.rows,
    bytes: queue.bytes,
    oldestAtMs: queue.oldestAtMs,
    ...state.totals,
    commitMsMax: state.commitMsMax,
    waiting: state.rows.length,
    lastError: state.lastError,
    markError: null, // the worker adds it
    logBytes: 0, // the worker adds it
    logBytesMax: queue.limits.walBytesMax,
  };
}
