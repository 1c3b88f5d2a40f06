/**
 * The door to SQLite (`node:sqlite`, inside the runtime) and to the files that
 * it keeps. It moves statements and names troubles; it decides nothing.
 *
 * Nothing in this process may open the database or its lock file by other
 * means: closing any descriptor of a file drops the POSIX locks that SQLite
 * holds on it (https://sqlite.org/howtocorrupt.html, section 2.2).
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { crc32 as zlibCrc32 } from "node:zlib";
import {
  type Db,
  DbFailure,
  type DbTrouble,
  type Row,
  type Statement,
} from "./database.ts";
import type { Disk } from "./recovery.ts";

/** CRC-32 (ISO 3309, as zlib's) of `bytes`, 0..2^32-1. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes);
}

/** The files beside this worker. */
export const DISK: Disk = {
  open: openDb,
  lock: lockFile,
  sizeOf(path) {
    try {
      return Deno.statSync(path).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new DbFailure("io", `Cannot look at ${path}: ${messageOf(error)}`);
    }
  },
  identityOf(path) {
    try {
      const { dev, ino } = Deno.statSync(path);
      return `${dev}:${ino}`;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw new DbFailure("io", `Cannot look at ${path}: ${messageOf(error)}`);
    }
  },
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
  mark: (path) => Deno.writeFileSync(path, new Uint8Array()),
  resolve(path) {
    try {
      return Deno.realPathSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return path;
      throw new DbFailure("io", `Cannot look at ${path}: ${messageOf(error)}`);
    }
  },
};

/** Opens a connection; pragmas are the caller's. */
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
    // Arrays cost less than half of what objects cost; typings lag behind.
    (prepared as StatementSync & { setReturnArrays(on: boolean): void })
      .setReturnArrays(true);
    const made: Statement = {
      run: (...values) => attempt(() => Number(prepared.run(...values).changes)),
      rows: (...values) => attempt(() => prepared.all(...values) as unknown as Row[]),
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
          // SQLite itself has rolled back after some failures; the cause matters.
        }
        throw error;
      }
    },
    close: () => attempt(() => database.close()),
  };
}

/**
 * Takes the one-writer lock: a write transaction, held for life, on a small
 * database of its own, whose `user_version` is the holder's process id. The
 * kernel lets go of it however the holder dies.
 *
 * @returns how to let go, or the process id that holds it (0 = unknown).
 */
function lockFile(path: string): { release(): void } | { heldBy: number } {
  const lock = openDb(path);
  let held = false;
  try {
    lock.exec("PRAGMA synchronous=OFF");
    lock.exec("BEGIN IMMEDIATE");
    try {
      lock.exec(`PRAGMA user_version=${Deno.pid}`);
      lock.exec("COMMIT");
    } catch (error) {
      // A full disk must not keep the agent from starting: no name, but the lock.
      if (!(error instanceof DbFailure) || !error.passes) throw error;
      try {
        lock.exec("ROLLBACK");
      } catch {
        // Already rolled back.
      }
    }
    lock.exec("BEGIN IMMEDIATE");
    held = true;
    return { release: () => lock.close() };
  } catch (error) {
    if (!(error instanceof DbFailure) || error.trouble !== "busy") throw error;
    return { heldBy: holderOf(lock) };
  } finally {
    if (!held) lock.close();
  }
}

function holderOf(lock: Db): number {
  try {
    const pid = lock.statement("PRAGMA user_version").rows()[0]?.[0];
    return typeof pid === "number" ? pid : 0;
  } catch {
    return 0; // The holder is just writing its name.
  }
}

/** SQLite's own messages (`sqlite3_errstr`); the runtime gives no code. */
const TROUBLES: readonly (readonly [RegExp, DbTrouble])[] = [
  [/database or disk is full/, "full"],
  [/disk I\/O error|readonly database|unable to open database file/, "io"],
  [/database (table )?is locked|schema is locked|locking protocol/, "busy"],
  [/malformed|not a database/, "corrupt"],
];

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DbFailure) throw error;
    const message = messageOf(error);
    const trouble = TROUBLES.find(([pattern]) => pattern.test(message))?.[1] ?? "other";
    throw new DbFailure(trouble, message, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
