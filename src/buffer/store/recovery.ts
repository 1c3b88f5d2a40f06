/**
 * Opens the buffer's file: takes the one-writer lock, looks whether the file
 * is whole, and puts a damaged one aside so that collecting goes on.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { BufferFault } from "../buffer.ts";
import { type Db, DbFailure, single } from "./database.ts";
import { migrate, SCHEMA_VERSION, standing } from "./schema.ts";

/**
 * A larger file is checked whole only after it was found damaged while in use:
 * reading 1 GiB off an SD card takes half a minute in which nothing is polled.
 * Its rows are checked by their crc as they are read, whatever its size.
 */
export const CHECK_BYTES_MAX = 64 * 2 ** 20;

/** What recovery asks of the file system. */
export interface Disk {
  open(path: string, options?: { readOnly?: boolean }): Db;
  /** The one-writer lock, or who holds it (0 = unknown). */
  lock(path: string): { release(): void } | { heldBy: number };
  /** Bytes of a file, undefined if there is none. */
  sizeOf(path: string): number | undefined;
  /** Which file stands at the path, whatever is in it; undefined if there is none. */
  identityOf(path: string): string | undefined;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes an empty file. */
  mark(path: string): void;
  /** The path without links; unchanged if there is no such file yet. */
  resolve(path: string): string;
}

/** A file that is open, whole and of this version. */
export interface OpenFile {
  readonly db: Db;
  readonly path: string;
  /** Where a damaged file was put, if one was found. */
  readonly setAside: string | undefined;
  /** The epoch that could still be read from it, else 0. */
  readonly epochBefore: number;
  /** Says that the file was found damaged in use: it is checked at the next start. */
  suspect(): void;
  /** False once somebody removed or replaced the file: what is written then is lost. */
  inPlace(): boolean;
  /** Closes the file and lets the lock go. */
  close(): void;
}

/** Opens (or makes) the file at `path`; with `setAsideTo` the one that is there is moved first. */
export function openFile(
  disk: Disk,
  givenPath: string,
  wallMs: number,
  setAsideTo?: string,
): Result<OpenFile, BufferFault> {
  try {
    const path = disk.resolve(givenPath);
    const lock = takeLock(disk, `${path}.lock`);
    if ("heldBy" in lock) {
      const who = lock.heldBy === 0 ? "another process" : `process ${lock.heldBy}`;
      return bad({
        kind: "in_use",
        detail: `${path} is in use by ${who}; only one may write to it`,
      });
    }
    if (setAsideTo !== undefined) moveAside(disk, path, setAsideTo);
    const opened = openLocked(disk, path, wallMs);
    if (!opened.ok) {
      lock.release();
      return opened;
    }
    const close = (): void => {
      try {
        opened.value.db.close();
      } finally {
        lock.release();
      }
    };
    const identity = disk.identityOf(path);
    return good({
      ...opened.value,
      path,
      inPlace: () => isStill(disk, path, identity),
      suspect: () => disk.mark(`${path}.suspect`),
      close,
    });
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return unusable(givenPath, error);
  }
}

/** A disk that cannot be asked just now is no news of the file. */
function isStill(disk: Disk, path: string, identity: string | undefined): boolean {
  try {
    return disk.identityOf(path) === identity;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return true;
  }
}

/** A power cut may have torn the lock file; who holds it would have a whole one. */
function takeLock(disk: Disk, path: string): ReturnType<Disk["lock"]> {
  try {
    return disk.lock(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    disk.remove(path);
    return disk.lock(path);
  }
}

function openLocked(
  disk: Disk,
  path: string,
  wallMs: number,
): Result<Pick<OpenFile, "db" | "setAside" | "epochBefore">, BufferFault> {
  let db: Db | undefined;
  try {
    db = disk.open(path);
    const found = standing(db);
    if (found.is !== "ours") {
      db.close();
      return bad(
        found.is === "newer"
          ? {
            kind: "newer",
            detail: `${path} is of version ${found.version}; this program knows ` +
              `${SCHEMA_VERSION} at most`,
          }
          : { kind: "unusable", detail: `${path} is not a buffer of this program` },
      );
    }
    check(disk, db, path);
    migrate(db);
    return good({ db, setAside: undefined, epochBefore: 0 });
  } catch (error) {
    db?.close();
    if (!isDamage(error)) {
      if (error instanceof DbFailure) return unusable(path, error);
      throw error;
    }
  }
  const epochBefore = salvageEpoch(disk, path);
  const setAside = putAside(disk, path, wallMs);
  db = disk.open(path);
  try {
    migrate(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return good({ db, setAside, epochBefore });
}

function check(disk: Disk, db: Db, path: string): void {
  const size = disk.sizeOf(path) ?? 0;
  const suspected = disk.sizeOf(`${path}.suspect`) !== undefined;
  if (size > CHECK_BYTES_MAX && !suspected) return;
  const answer = db.statement("PRAGMA quick_check(1)").rows()[0]?.[0];
  if (answer !== "ok") throw new DbFailure("corrupt", `malformed: ${answer}`);
  if (suspected) disk.remove(`${path}.suspect`);
}

/** The damaged file's epoch, so that a clock that went back repeats no number. */
function salvageEpoch(disk: Disk, path: string): number {
  let db: Db | undefined;
  try {
    db = disk.open(path, { readOnly: true });
    const epoch = single(
      db.statement("SELECT value FROM meta WHERE name = 'epoch'").rows(),
      0,
    );
    return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  } catch {
    return 0; // It is damaged: what cannot be read is unknown.
  } finally {
    db?.close();
  }
}

function putAside(disk: Disk, path: string, wallMs: number): string {
  const date = new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  let aside = `${path}.damaged-${date}`;
  for (let n = 2; disk.sizeOf(aside) !== undefined; n++) {
    aside = `${path}.damaged-${date}-${n}`;
  }
  moveAside(disk, path, aside);
  return aside;
}

/**
 * Moves a database with its log. The database goes last: until then whoever is
 * interrupted may call this again, and from then on it does nothing.
 */
export function moveAside(
  disk: Pick<Disk, "sizeOf" | "rename" | "remove">,
  path: string,
  aside: string,
): void {
  if (disk.sizeOf(aside) !== undefined) return;
  for (const part of ["-wal", "-shm", ""]) {
    if (disk.sizeOf(`${path}${part}`) !== undefined) {
      disk.rename(`${path}${part}`, `${aside}${part}`);
    }
  }
  if (disk.sizeOf(`${path}.suspect`) !== undefined) disk.remove(`${path}.suspect`);
}

function isDamage(error: unknown): boolean {
  return error instanceof DbFailure && error.trouble === "corrupt";
}

function unusable(path: string, error: DbFailure): Result<never, BufferFault> {
  return bad({ kind: "unusable", detail: `Cannot open ${path}: ${error.message}` });
}
