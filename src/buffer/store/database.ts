/**
 * The database interface that the queue uses; `sqlite.ts` implements it.
 *
 * @module
 */

/** A column value. */
export type SqlValue = number | string | Uint8Array | null;

/** One result row, by column. */
export type SqlRow = readonly SqlValue[];

/** A prepared statement. */
export interface Statement {
  /** Runs it and returns the number of changed rows. */
  run(...values: SqlValue[]): number;
  /** All result rows. */
  rows(...values: SqlValue[]): SqlRow[];
  /**
   * The result rows, one at a time. It ends at the first row that cannot be read,
   * without an error.
   */
  iterate(...values: SqlValue[]): Iterable<SqlRow>;
}

/** One connection. Every method may throw a {@linkcode DbFailure}. */
export interface Db {
  /** The prepared statement for this text; cached. */
  statement(sql: string): Statement;
  /** Runs statements that return no rows. */
  exec(sql: string): void;
  /** Runs `work` in one write transaction; rolls back if it throws. */
  transaction<T>(work: () => T): T;
  /** Sets synchronous=FULL or NORMAL from the next transaction on. */
  setFull(full: boolean): void;
  close(): void;
}

/**
 * Why a statement failed: `full`, `io`, `denied` (no permission, or a read-only disk) and
 * `busy` are transient, `corrupt` is permanent, `other` is a bug in this program.
 */
export type DbFailureKind = "full" | "io" | "denied" | "busy" | "corrupt" | "other";

const TRANSIENT: ReadonlySet<DbFailureKind> = new Set(["full", "io", "denied", "busy"]);

/** A failed database statement; `message` is SQLite's own. */
export class DbFailure extends Error {
  /** A literal, so that logs show the class name after bundling too. */
  override readonly name = "DbFailure";
  readonly kind: DbFailureKind;

  constructor(trouble: DbFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = trouble;
  }

  /** True if the same transaction may succeed later. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.kind);
  }
}

/** True if a statement failed on damaged data. */
export function isDamage(error: unknown): boolean {
  return error instanceof DbFailure && error.kind === "corrupt";
}

/**
 * True if the content of a file is damaged: SQLite reports it, a table or column is
 * missing, or a value has a type or a size that this program never writes.
 */
export function isUnusableContent(error: unknown): boolean {
  if (error instanceof DbFailure) return !error.isTransient;
  return error instanceof TypeError || error instanceof RangeError;
}

/** True if the disk may be full: SQLite reports an I/O error where it maps the index of the log. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof DbFailure && (error.kind === "full" || error.kind === "io");
}

/** Runs `work`, which may fail because the disk is full. */
export function ignoreFullDisk(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isFullDisk(error)) throw error;
  }
}

/** Runs `work`; undefined if the database failed and a later retry may succeed. */
export function ignoreTransient<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DbFailure) || !error.isTransient) throw error;
    return undefined;
  }
}

/** The column as a number; throws a TypeError if it is not one. */
export function numberColumn(value: SqlValue | undefined): number {
  if (typeof value === "number") return value;
  throw new TypeError(`Expected a number column, found ${typeof value}`);
}

/** The column as a text; throws a TypeError if it is not one. */
export function textColumn(value: SqlValue | undefined): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Expected a text column, found ${typeof value}`);
}

/** The first column of the first row, or `otherwise` if that is not a number. */
export function singleNumber(rows: readonly SqlRow[], otherwise: number): number {
  const value = rows[0]?.[0];
  return typeof value === "number" ? value : otherwise;
}
