/**
 * The buffer as the rest of the program sees it: a durable queue that lives in
 * a worker of its own. `client.ts` speaks to the worker; `worker.ts` owns the
 * database; `queue.ts` is the queue itself.
 *
 * @module
 */

/** A row to store. */
export interface NewRow {
  /** `gateway/device/type`: whose sequence the row belongs to. */
  readonly stream: string;
  readonly epoch: number;
  readonly seq: number;
  readonly topic: string;
  /** Kafka key: the device id. */
  readonly key: string;
  /** Avro single-object encoding: C3 01, 8 bytes of fingerprint, body. */
  readonly payload: Uint8Array;
  /** `sampled_at` of the record, ms since the Unix epoch. */
  readonly createdAtMs: number;
  /**
   * The pending gap that this row announces, as it was read. It stops being
   * pending in the same commit; should this row be given up in its turn, it is
   * pending again. What the gap has grown by meanwhile stays pending.
   */
  readonly announcesGap?: PendingGap;
}

/** A row as it waits. */
export interface StoredRow {
  /** Rises; never used twice. */
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  readonly payload: Uint8Array;
  readonly createdAtMs: number;
  /** How often the broker itself refused it. */
  readonly retryCount: number;
}

/** The last number of a stream that is on disk. */
export interface LastSeq {
  readonly epoch: number;
  readonly seq: number;
}

/** Numbers that were given and then given up; handed back as {@linkcode NewRow.announcesGap}. */
export interface PendingGap {
  /** Names it in the file. */
  readonly id: number;
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: GapReason;
}

/** Why rows were given up. */
export type GapReason = "max_bytes" | "max_rows" | "max_age" | "corrupt" | "refused";

/** What the worker found when it opened the file. */
export interface BufferOpened {
  /** This start's epoch: committed with FULL before this was said. */
  readonly epoch: number;
  /** By stream name, as of before this start. */
  readonly streams: ReadonlyMap<string, LastSeq>;
  readonly rows: number;
  readonly bytes: number;
  /** Where a damaged file was put aside, if it was. */
  readonly setAside?: string;
}

/** The state of the buffer, as of its last commit. */
export interface BufferStats {
  readonly rows: number;
  /** Bytes that count against `max_bytes`. */
  readonly bytes: number;
  /** `createdAtMs` of the oldest row, or null if empty. */
  readonly oldestAtMs: number | null;
  /** Since this start: rows committed, rows removed after delivery, rows given up, dead letters. */
  readonly stored: number;
  readonly delivered: number;
  readonly givenUp: number;
  readonly deadLetters: number;
  /** When rows were last given up, wall clock in ms; null = not since this start. */
  readonly givenUpAtMs: number | null;
  /** Payload bytes of the rows committed. */
  readonly storedBytes: number;
  readonly commits: number;
  readonly fullCommits: number;
  /** The longest commit since the last stats, in ms. */
  readonly commitMsMax: number;
  /** Rows in the worker's memory, not on disk yet. */
  readonly waiting: number;
  /** Commits that failed since this start. */
  readonly failedCommits: number;
  /**
   * Why the last commit failed (`disk full: ...`), null once one has succeeded.
   * While it is set the rows wait in memory, appends wait for room, and the
   * commit is tried again.
   */
  readonly lastError: string | null;
}

/** A durable queue. Every promise settles or rejects with {@linkcode BufferFailure}. */
export interface Buffer {
  readonly opened: BufferOpened;
  /** The state as of the last commit; no round trip. */
  readonly stats: BufferStats;
  /** Gaps that wait to be announced, as of the last commit. */
  readonly pendingGaps: readonly PendingGap[];
  /** `monotonicMs` of the worker's last sign of life. */
  readonly lastMoveMs: number;
  /**
   * Hands rows over; resolves when they are taken into the next flush (not yet
   * durable), waiting while more than a bounded number are on their way.
   */
  append(rows: readonly NewRow[], signal: AbortSignal): Promise<void>;
  /** Commits all that was appended or settled; resolves when it is durable (FULL). */
  flush(signal: AbortSignal): Promise<void>;
  /** Resolves when there may be committed rows after `afterId`. */
  waitForRows(afterId: number, signal: AbortSignal): Promise<void>;
  /** Committed rows with id > `afterId`, oldest first, within both bounds (one row at least). */
  oldest(query: OldestQuery, signal: AbortSignal): Promise<readonly StoredRow[]>;
  /** Rows that were delivered: deleted with the next commit. */
  settle(ids: readonly number[]): void;
  /** The broker refused these rows: retry_count rises by one with the next commit. */
  refused(ids: readonly number[]): void;
  /** Sets a row aside for good as a dead letter, with the reason; its seq is announced as a gap. */
  bury(id: number, reason: string): void;
  /** Remembers the text of a schema (idempotent); must precede rows written with it. */
  addSchema(fingerprint: string, text: string): void;
  /** The text of a schema by fingerprint (16 hex digits, lower case), or undefined. */
  schema(fingerprint: string, signal: AbortSignal): Promise<string | undefined>;
  /** Sets the bounds and the pace from now on; rows beyond lowered bounds are given up, oldest first. */
  adjust(bounds: BufferBounds): void;
  /** Final flush, then the file is closed. */
  close(signal: AbortSignal): Promise<void>;
}

/** Which rows to read. */
export interface OldestQuery {
  readonly afterId: number;
  readonly countMax: number;
  readonly bytesMax: number;
  /** Only this topic, if given. */
  readonly topic?: string;
  /** Not these topics (their sending is on hold). */
  readonly exceptTopics?: readonly string[];
}

/** What can be set anew while the buffer is open. */
export interface BufferBounds {
  readonly flushIntervalMs: number;
  readonly powerLossWindowMs: number;
  readonly maxBytes: number;
  readonly maxRows: number;
  /** null = no bound by age. */
  readonly maxAgeMs: number | null;
}

/** How the buffer is set up. */
export interface BufferOptions extends BufferBounds {
  /** The database file; its folder must exist. */
  readonly path: string;
  /** Where to put the file that is there, before anything of it is read. */
  readonly setAsideTo?: string;
  /** An epoch that was begun: this start's is greater. For a file that is new. */
  readonly epochAfter?: number;
  /** Where the worker's program is, if not beside this one (a bundle, a test). */
  readonly workerUrl?: URL;
}

/** Why a buffer could not be opened. */
export interface BufferFault {
  /**
   * `in_use`: another process writes to it; `newer`: a later version of this
   * program made it; `unusable`: the file or its folder cannot be written.
   */
  readonly kind: "in_use" | "newer" | "unusable";
  /** In words, for people: names the file, and the process id if in use. */
  readonly detail: string;
}

/** The buffer cannot go on: its worker died, or the disk fails for good. */
export class BufferFailure extends Error {
  /** The class name, so that logs show it after bundling too. */
  override readonly name = "BufferFailure";
}
