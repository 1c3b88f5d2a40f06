/**
 * The interface of the durable queue that runs in its own worker.
 * `worker/client.ts` is the main thread's side, `worker/worker.ts` owns the
 * database, `queue.ts` turns changes into transactions.
 *
 * @module
 */

/** A row to store. */
export interface NewRow {
  /** `gateway/device/type`: the stream that numbers the row. */
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
   * The pending gap that this row announces, as read from
   * {@linkcode Buffer.pendingGaps}. The commit that stores the row marks the gap
   * as announced. If the row is evicted, the gap is pending again. Numbers added
   * to the gap after it was read stay pending.
   */
  readonly announcesGap?: PendingGap;
}

/** A row in the buffer. */
export interface StoredRow {
  /** Increases with each row; never reused. */
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  readonly payload: Uint8Array;
  readonly createdAtMs: number;
  /** Number of times that the broker rejected the row. */
  readonly retryCount: number;
}

/** The last sequence number of a stream that is on disk. */
export interface LastSeq {
  readonly epoch: number;
  readonly seq: number;
}

/**
 * Sequence numbers that were assigned and then lost; passed back as
 * {@linkcode NewRow.announcesGap}. Where many gaps were merged, numbers between the
 * first and the last were delivered too, and the last can be of a later epoch.
 */
export interface PendingGap {
  /** Primary key in the file. */
  readonly id: number;
  readonly stream: string;
  readonly epoch: number;
  readonly firstSeq: number;
  /** The epoch of `lastSeq`. */
  readonly lastEpoch: number;
  readonly lastSeq: number;
  /** How many numbers of the range were lost. */
  readonly records: number;
  readonly reason: GapReason;
}

/** Why rows were lost. The values are part of the record format. */
export type GapReason =
  | "max_bytes"
  | "max_rows"
  | "max_age"
  | "corrupt"
  | "refused"
  /** The file that held the rows was removed, damaged or replaced by an older copy. */
  | "buffer_lost";

/** The state of the file when the worker opened it. */
export interface BufferOpened {
  /** Epoch of this start, already committed with synchronous=FULL. */
  readonly epoch: number;
  /** By stream name, as of before this start. */
  readonly streams: ReadonlyMap<string, LastSeq>;
  readonly rows: number;
  readonly bytes: number;
  /** New path of the previous file, if that was damaged and quarantined. */
  readonly quarantinePath?: string;
  /** Gaps that are damaged beyond repair, so that they are never announced. */
  readonly gapsLost: number;
  /** Why the high-water mark could not be used; absent if it could, or is missing. */
  readonly markFault?: string;
}

/** The state of the buffer as of its last commit. Counters start at this start. */
export interface BufferStats {
  readonly rows: number;
  /** Bytes that count against `max_bytes`. */
  readonly bytes: number;
  /** `createdAtMs` of the oldest row, or null if the buffer is empty. */
  readonly oldestAtMs: number | null;
  /** Rows committed, including those evicted in the same commit. */
  readonly stored: number;
  /** Rows removed after delivery. */
  readonly delivered: number;
  /** Rows evicted to stay within the limits. */
  readonly evicted: number;
  readonly deadLetters: number;
  /** Time of the last eviction, ms since the Unix epoch; null = none since this start. */
  readonly evictedAtMs: number | null;
  /** Payload bytes of the committed rows. */
  readonly storedBytes: number;
  readonly commits: number;
  readonly fullCommits: number;
  /** The longest commit since the previous stats, in ms. */
  readonly commitMsMax: number;
  /** Rows in the worker's memory that are not on disk yet. */
  readonly waiting: number;
  readonly failedCommits: number;
  /**
   * Why the last commit failed (`disk full: ...`); null after a successful one.
   * While it is set, rows stay in memory, appends block once the in-flight
   * window is full, and the commit is retried.
   */
  readonly lastError: string | null;
  /**
   * True if a commit failed on a full disk in the last minute. Smaller transactions may
   * have succeeded since.
   */
  readonly isDiskFull: boolean;
  /** Why the high-water mark could not be written; null after a successful write. */
  readonly markError: string | null;
  /** Size of the write-ahead log's file, and its share of `max_bytes`, in bytes. */
  readonly logBytes: number;
  readonly logBytesMax: number;
  /** The least `max_bytes` for the streams in the buffer; null = it is not smaller. */
  readonly maxBytesLeast: number | null;
}

/** A durable queue. Every promise rejects with {@linkcode BufferFailure} once it has failed. */
export interface Buffer {
  readonly opened: BufferOpened;
  /** The state as of the last commit; no round trip. */
  readonly stats: BufferStats;
  /** Gaps that are not announced yet, as of the last commit. */
  readonly pendingGaps: readonly PendingGap[];
  /** Number of gaps whose announcing rows are stored and not delivered yet. */
  readonly gapsAnnounced: number;
  /** `monotonicMs` of the last message from the worker. */
  readonly lastMoveMs: number;
  /**
   * Passes rows to the worker. Resolves when the in-flight window has admitted
   * them; they are part of the next commit and not durable yet.
   */
  append(rows: readonly NewRow[], signal: AbortSignal): Promise<void>;
  /** Commits all earlier changes with synchronous=FULL; resolves when they are durable. */
  flush(signal: AbortSignal): Promise<void>;
  /** Resolves when committed rows with id > `afterId` may exist. */
  waitForRows(afterId: number, signal: AbortSignal): Promise<void>;
  /** Committed rows with id > `afterId`, oldest first, within both limits (at least one row). */
  oldest(query: OldestQuery, signal: AbortSignal): Promise<readonly StoredRow[]>;
  /**
   * Holds rows before they are sent: a held row is not evicted until it is
   * acknowledged, dead-lettered or released. If some rows were evicted since they were
   * read, none is held. No round trip if a query with `hold` holds the first half of `rows`.
   */
  hold(rows: readonly StoredRow[], signal: AbortSignal): Promise<HoldResult>;
  /** Ends the hold of rows that certainly were not delivered. */
  release(ids: readonly number[]): void;
  /**
   * Ends the holds of a query with `hold` whose rows were not passed to
   * {@linkcode Buffer.hold} since: of all of them, or of those among `rows`.
   */
  releaseUnsent(rows?: readonly StoredRow[]): void;
  /** Marks rows as delivered; the next commit deletes them. */
  acknowledge(ids: readonly number[]): void;
  /** Records that the broker rejected these rows; the next commit increments retry_count. */
  reject(ids: readonly number[]): void;
  /** Moves a row to the dead letters; its sequence number is announced as a gap. */
  deadLetter(id: number, reason: string): void;
  /** Stores the text of a schema (idempotent); must precede the rows that use it. */
  addSchema(fingerprint: string, text: string): void;
  /** The text of a schema by fingerprint (16 hex digits, lower case), or undefined. */
  schema(fingerprint: string, signal: AbortSignal): Promise<string | undefined>;
  /** Changes limits and commit timing; rows beyond lower limits are evicted, oldest first. */
  adjust(bounds: BufferBounds): void;
  /** Commits what is pending, then closes the file. */
  close(signal: AbortSignal): Promise<void>;
}

/** What was held. */
export type HoldResult =
  /** The first `rows` rows (at least one); a small buffer does not hold all of a large batch. */
  | { readonly kind: "held"; readonly rows: number }
  /** These rows no longer exist and must not be sent. */
  | { readonly kind: "evicted"; readonly ids: readonly number[] };

/** Which rows to read. */
export interface OldestQuery {
  readonly afterId: number;
  readonly countMax: number;
  readonly bytesMax: number;
  /** Only rows of this topic. */
  readonly topic?: string;
  /** Rows of these topics are skipped. */
  readonly exceptTopics?: readonly string[];
  /**
   * Holds the first rows of the result, as many as the share of held rows permits, so
   * that {@linkcode Buffer.hold} does not wait for a commit.
   */
  readonly hold?: boolean;
}

/** Limits and commit timing; can be changed while the buffer is open. */
export interface BufferBounds {
  readonly flushIntervalMs: number;
  readonly powerLossWindowMs: number;
  readonly maxBytes: number;
  readonly maxRows: number;
  /** null = no limit by age. */
  readonly maxAgeMs: number | null;
}

/** How the buffer is opened. */
export interface BufferOptions extends BufferBounds {
  /** The database file; its folder must exist. */
  readonly path: string;
  /** The existing file is moved to this path before any of it is read. */
  readonly quarantineTo?: string;
  /** The epoch of this start is greater than this one; needed when the file is new. */
  readonly epochAfter?: number;
  /** URL of the worker's program; default: the file beside the client. */
  readonly workerUrl?: URL;
}

/** Why a buffer could not be opened. */
export interface BufferFault {
  /**
   * `in_use`: another process has the file open; `newer`: a later version of
   * this program wrote it; `unusable`: the file or its folder cannot be written.
   */
  readonly kind: "in_use" | "newer" | "unusable";
  /** Message for people: names the file, and the process id if it is in use. */
  readonly detail: string;
}

/** The buffer failed permanently: its worker ended, or the file is damaged. */
export class BufferFailure extends Error {
  /** A literal, so that logs show the class name after bundling too. */
  override readonly name = "BufferFailure";
}
