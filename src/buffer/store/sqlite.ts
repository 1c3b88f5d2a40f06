/**
 * Adapter to SQLite (`node:sqlite`, part of the runtime) and to its files. Runs
 * statements and classifies errors.
 *
 * No other code in this process may open the database or its lock file: closing
 * any descriptor of a file drops the POSIX locks that SQLite holds on it
 * (https://sqlite.org/howtocorrupt.html, section 2.2).
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 as zlibCrc32 } from "node:zlib";
import {
  type Db,
  DbFailure,
  type DbFailureKind,
  type SqlRow,
  type Statement,
} from "./database.ts";
import type { Disk } from "./disk.ts";

/**
 * CRC-32 of bytes, or of a text in UTF-8 (ISO 3309, as in zlib), 0 to 2^32-1.
 *
 * @param before CRC of the data that precedes it
 */
export function crc32(data: Uint8Array | string, before = 0): number {
  // A damaged row may contain any number in place of a CRC; zlib accepts 32 bits.
  return zlibCrc32(data, before >>> 0);
}

/** The file system of this process. */
export const DISK: Disk = {
  crc32,
  open: openDb,
  lock: lockFile,
  sizeOf(path) {
    try {
      return Deno.statSync(path).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new DbFailure("io", `Cannot access ${path}: ${messageOf(error)}`);
    }
  },
  identityOf(path) {
    try {
      const { dev, ino } = Deno.statSync(path);
      return `${dev}:${ino}`;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new DbFailure("io", `Cannot access ${path}: ${messageOf(error)}`);
    }
  },
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
  createEmpty: (path) => Deno.writeFileSync(path, new Uint8Array()),
  createFilled: (path, bytes) => Deno.writeFileSync(path, new Uint8Array(bytes)),
  resolve(path) {
    try {
      return Deno.realPathSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return path;
      throw new DbFailure("io", `Cannot access ${path}: ${messageOf(error)}`);
    }
  },
};

/** Opens a connection; the caller sets the pragmas. */
export function openDb(path: string, options: { readOnly?: boolean } = {}): Db {
  const database = attempt(() =>
    new DatabaseSync(path, { readOnly: options.readOnly ?? false })
  );
  const statements = new Map<string, Statement>();
  let full: boolean | undefined;

  function statement(sql: string): Statement {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared: StatementSync = attempt(() => database.prepare(sql));
    // Arrays take less than half the time of objects. The type definitions lack this method.
    (prepared as StatementSync & { setReturnArrays(on: boolean): void })
      .setReturnArrays(true);
    const made: Statement = {
      run: (...values) => attempt(() => Number(prepared.run(...values).changes)),
      rows: (...values) =>
        attempt(() => prepared.all(...values) as unknown as SqlRow[]),
      iterate: (...values) =>
        attempt(() => prepared.iterate(...values) as unknown as Iterable<SqlRow>),
    };
    statements.set(sql, made);
    return made;
  }

  const exec = (sql: string): void => attempt(() => database.exec(sql));

  return {
    statement,
    exec,
    setFull(on) {
      if (full === on) return;
      exec(`PRAGMA synchronous=${on ? "FULL" : "NORMAL"}`);
      full = on;
    },
    transaction(work) {
      exec("BEGIN IMMEDIATE");
      try {
        const value = work();
        exec("COMMIT");
        return value;
      } catch (error) {
        try {
          exec("ROLLBACK");
        } catch {
          // After some failures SQLite has already rolled back; the first error is reported.
        }
        throw error;
      }
    },
    close: () => attempt(() => database.close()),
  };
}

/**
 * Takes the single-writer lock: a write transaction on a separate small database,
 * open until `release()` or the end of the process, however it ends. The
 * `user_version` of that database is the process id of the holder.
 *
 * @returns the release function, or the process id of the holder (0 = unknown).
 */
function lockFile(path: string): { release(): void } | { heldBy: number } {
  const lock = openDb(path);
  let isLocked = false;
  try {
    lock.exec("PRAGMA synchronous=OFF");
    lock.exec("BEGIN IMMEDIATE");
    try {
      lock.exec(`PRAGMA user_version=${Deno.pid}`);
      lock.exec("COMMIT");
    } catch (error) {
      // The agent must start on a full disk too: lock without a process id.
      if (!(error instanceof DbFailure) || !error.isTransient) throw error;
      try {
        lock.exec("ROLLBACK");
      } catch {
        // Already rolled back.
      }
    }
    lock.exec("BEGIN IMMEDIATE");
    isLocked = true;
    return { release: () => lock.close() };
  } catch (error) {
    if (!(error instanceof DbFailure) || error.kind !== "busy") throw error;
    return { heldBy: holderOf(lock) };
  } finally {
    if (!isLocked) lock.close();
  }
}

function holderOf(lock: Db): number {
  try {
    const pid = lock.statement("PRAGMA user_version").rows()[0]?.[0];
    return typeof pid === "number" ? pid : 0;
  } catch {
    return 0; // The holder is writing its process id at this moment.
  }
}

/** By SQLite's messages (`sqlite3_errstr`): the runtime reports no error code. */
const FAILURE_KINDS: readonly (readonly [RegExp, DbFailureKind])[] = [
  [/database or disk is full/, "full"],
  [/disk I\/O error/, "io"],
  [/readonly database|unable to open database file/, "denied"],
  [/database (table )?is locked|schema is locked|locking protocol/, "busy"],
  // No program of this project writes an integer beyond 2^53, or a value of 1 GB.
  [
    /malformed|not a database|too large to be represented as a JavaScript number|string or blob too big/,
    "corrupt",
  ],
];

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DbFailure) throw error;
    const message = messageOf(error);
    const kind = FAILURE_KINDS.find(([pattern]) => pattern.test(message))?.[1] ??
      "other";
    throw new DbFailure(kind, message, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
