/**
 * What the queue asks of a database; `sqlite.ts` is the door that gives it.
 *
 * @module
 */

/** What a column can hold here. */
export type Value = number | string | Uint8Array | null;

/** One row of an answer, by column. */
export type Row = readonly Value[];

/** A prepared statement. */
export interface Statement {
  /** Runs it; returns how many rows it changed. */
  run(...values: Value[]): number;
  /** All rows of its answer. */
  rows(...values: Value[]): Row[];
}

/** One connection. Every method may throw a {@linkcode DbFailure}. */
export interface Db {
  /** The prepared statement of this text; prepared once. */
  statement(sql: string): Statement;
  /** Runs statements that give no answer. */
  exec(sql: string): void;
  /** Runs `work` in one write transaction: all of it, or (on a throw) nothing. */
  transaction<T>(work: () => T): T;
  /** From the next transaction on: sync the disk at each commit, or not. */
  setFull(full: boolean): void;
  close(): void;
}

/**
 * Why the database refused: `full`, `io` and `busy` pass; `corrupt` does not;
 * `other` is a bug of ours.
 */
export type DbTrouble = "full" | "io" | "busy" | "corrupt" | "other";

/** A statement that the database refused. */
export class DbFailure extends Error {
  /** The class name, so that logs show it after bundling too. */
  override readonly name = "DbFailure";
  /** What kind of trouble; `message` is for people. */
  readonly trouble: DbTrouble;

  /** Makes the failure from the database's own message. */
  constructor(trouble: DbTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }

  /** True if the same transaction may succeed later. */
  get passes(): boolean {
    return this.trouble === "full" || this.trouble === "io" || this.trouble === "busy";
  }
}

/** The column as a number; a bug is thrown if it is none. */
export function num(value: Value | undefined): number {
  if (typeof value === "number") return value;
  throw new TypeError(`Expected a number column, found ${typeof value}`);
}

/** The column as a text; a bug is thrown if it is none. */
export function text(value: Value | undefined): string {
  if (typeof value === "string") return value;
  throw new TypeError(`Expected a text column, found ${typeof value}`);
}

/** The column as bytes; a bug is thrown if it is none. */
export function blob(value: Value | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`Expected a blob column, found ${typeof value}`);
}

/** The first column of the only row as a number, or `otherwise` if there is no row. */
export function single(rows: readonly Row[], otherwise: number): number {
  const value = rows[0]?.[0];
  return typeof value === "number" ? value : otherwise;
}
