/**
 * Opens the buffer's file: takes the single-writer lock, checks the file, and
 * quarantines a damaged one so that the agent can continue with a new file.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { BufferFault } from "../buffer.ts";
import { addGaps } from "../gaps.ts";
import type { Crc32 } from "../row_checksum.ts";
import { type Db, DbFailure, isDamage, isFullDisk, singleNumber } from "./database.ts";
import { loadGaps, NO_GAPS, saveGaps } from "./gap_table.ts";
import { createReserve, type Reserve, type ReserveDisk } from "./reserve.ts";
import { classifyFile, migrate, SCHEMA_VERSION } from "./schema.ts";

/**
 * A larger file is fully checked only after it was found damaged in use: reading
 * 1 GiB from an SD card takes half a minute, during which nothing is polled. The
 * CRC of each row is checked when the row is read, regardless of the size of the file.
 */
export const CHECK_BYTES_MAX = 64 * 2 ** 20;

/** Suffix of the note that a file failed in use and that the check found nothing. */
const CHECKED_SUFFIX = ".suspect-checked";

/** File system operations that recovery uses. */
export interface Disk extends ReserveDisk {
  open(path: string, options?: { readOnly?: boolean }): Db;
  /** Takes the single-writer lock, or returns the process id of its holder (0 = unknown). */
  lock(path: string): { release(): void } | { heldBy: number };
  /** Device and inode of the file at the path; undefined if it does not exist. */
  identityOf(path: string): string | undefined;
  rename(from: string, to: string): void;
  /** Creates an empty file. */
  createEmpty(path: string): void;
  /** The path with symbolic links resolved; unchanged if the file does not exist. */
  resolve(path: string): string;
  readonly crc32: Crc32;
}

/** An open, valid file of the current version. */
export interface OpenFile {
  readonly db: Db;
  readonly path: string;
  /** New path of the damaged file, if one was found. */
  readonly quarantinePath: string | undefined;
  /** Epoch read from the damaged file; 0 if unreadable or not damaged. */
  readonly epochBefore: number;
  /** Space for a full disk; taken while the file is not open. */
  readonly reserve: Reserve;
  /** Marks the file as damaged in use, so that the next start checks it fully. */
  markSuspect(): void;
  /** The file was used to an orderly end: it is not suspect any more. */
  markSound(): void;
  /** False once the file was removed or replaced: further writes would be lost. */
  isInPlace(): boolean;
  /** Size of the write-ahead log's file, in bytes; 0 if it is unknown. */
  logBytes(): number;
  /** Closes the file and releases the lock. */
  close(): void;
}

/** Opens or creates the file at `givenPath`; an existing file is moved to `quarantineTo` first, if given. */
export function openFile(
  disk: Disk,
  givenPath: string,
  wallMs: number,
  quarantineTo?: string,
): Result<OpenFile, BufferFault> {
  try {
    const path = disk.resolve(givenPath);
    const lock = takeLock(disk, `${path}.lock`);
    if ("heldBy" in lock) {
      const holder = lock.heldBy === 0 ? "another process" : `process ${lock.heldBy}`;
      return bad({
        kind: "in_use",
        detail: `${path} is in use by ${holder}; only one process can open it`,
      });
    }
    const reserve = createReserve(disk, path);
    let opened: ReturnType<typeof openLocked> | undefined;
    try {
      if (quarantineTo !== undefined) quarantineFile(disk, path, quarantineTo);
      opened = openOnAnyDisk(disk, path, wallMs, reserve);
    } finally {
      if (opened?.ok !== true) lock.release();
    }
    if (!opened.ok) return opened;
    const { db } = opened.value;
    const quarantined = opened.value.quarantinePath ?? quarantineTo;
    if (quarantined !== undefined) carryGaps(disk, quarantined, db);
    const close = (): void => {
      try {
        db.close();
        reserve.renew(); // the log has just been deleted
      } finally {
        lock.release();
      }
    };
    const identity = disk.identityOf(path);
    return good({
      ...opened.value,
      path,
      reserve,
      isInPlace: () => isSameFile(disk, path, identity),
      logBytes: () => logBytes(disk, path),
      markSuspect: () => disk.createEmpty(`${path}.suspect`),
      markSound() {
        const note = `${path}${CHECKED_SUFFIX}`;
        if (disk.sizeOf(note) !== undefined) disk.remove(note);
      },
      close,
    });
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return unusable(givenPath, error);
  }
}

function logBytes(disk: Disk, path: string): number {
  try {
    return disk.sizeOf(`${path}-wal`) ?? 0;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return 0;
  }
}

/** True also while the file system returns errors: they do not show that the file was replaced. */
function isSameFile(disk: Disk, path: string, identity: string | undefined): boolean {
  try {
    return disk.identityOf(path) === identity;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return true;
  }
}

/** A power loss can leave a damaged lock file; a lock file that is held is never damaged. */
function takeLock(disk: Disk, path: string): ReturnType<Disk["lock"]> {
  try {
    return disk.lock(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    disk.remove(path);
    return disk.lock(path);
  }
}

type Opened = Pick<OpenFile, "db" | "quarantinePath" | "epochBefore">;

/**
 * Opens the file, on a full disk too: with the space of the reserve, or without any. In
 * that case the index of the log is in memory (`locking_mode=EXCLUSIVE`), and no other
 * process can read the file.
 */
function openOnAnyDisk(
  disk: Disk,
  path: string,
  wallMs: number,
  reserve: Reserve,
): Result<Opened, BufferFault> {
  const modes = ["normal", "normal", "exclusive"] as const;
  for (const [attempt, mode] of modes.entries()) {
    try {
      const opened = openLocked(disk, path, wallMs, mode);
      if (attempt === 0 && opened.ok) reserve.renew();
      return opened;
    } catch (error) {
      if (!isFullDisk(error) || attempt === modes.length - 1) throw error;
      reserve.release();
    }
  }
  throw new Error("unreachable");
}

/** @throws {DbFailure} if the file cannot be read or written. */
function openLocked(
  disk: Disk,
  path: string,
  wallMs: number,
  mode: "normal" | "exclusive",
): Result<Opened, BufferFault> {
  let db: Db | undefined;
  try {
    db = disk.open(path);
    if (mode === "exclusive") db.exec("PRAGMA locking_mode=EXCLUSIVE");
    const found = classifyFile(db);
    if (found.kind !== "ours") {
      db.close();
      return bad(
        found.kind === "newer"
          ? {
            kind: "newer",
            detail:
              `${path} has format version ${found.version}; this program supports ` +
              `versions up to ${SCHEMA_VERSION}. Install a newer version`,
          }
          : {
            kind: "unusable",
            detail: `${path} is a SQLite database but not a buffer of this program`,
          },
      );
    }
    check(disk, db, path);
    migrate(db);
    return good({ db, quarantinePath: undefined, epochBefore: 0 });
  } catch (error) {
    db?.close();
    if (!isDamage(error)) throw error;
  }
  const epochBefore = readDamagedEpoch(disk, path);
  const quarantinePath = quarantineDamaged(disk, path, wallMs);
  db = disk.open(path);
  try {
    migrate(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return good({ db, quarantinePath, epochBefore });
}

/**
 * Checks the file. One that was damaged in use is checked fully; if nothing is found and
 * it fails in use once more, it counts as damaged.
 *
 * @throws {DbFailure} of kind `corrupt` if the file is damaged.
 */
function check(disk: Disk, db: Db, path: string): void {
  const size = disk.sizeOf(path) ?? 0;
  const isSuspect = disk.sizeOf(`${path}.suspect`) !== undefined;
  if (size > CHECK_BYTES_MAX && !isSuspect) return;
  requireOk(db, "PRAGMA quick_check(1)");
  if (!isSuspect) return;
  if (disk.sizeOf(`${path}${CHECKED_SUFFIX}`) !== undefined) {
    throw new DbFailure("corrupt", "the file failed in use again after a full check");
  }
  db.exec("REINDEX"); // an index alone can be rebuilt
  requireOk(db, "PRAGMA integrity_check(1)");
  disk.rename(`${path}.suspect`, `${path}${CHECKED_SUFFIX}`);
}

function requireOk(db: Db, pragma: string): void {
  const answer = db.statement(pragma).rows()[0]?.[0];
  if (answer !== "ok") throw new DbFailure("corrupt", `malformed: ${answer}`);
}

/**
 * Copies the gaps of a quarantined file into the new one, as far as they can be read:
 * they concern rows that are lost already, not those in the quarantined file. All of
 * them are pending, because the rows that announce them stay in that file.
 */
function carryGaps(disk: Disk, from: string, to: Db): void {
  let source: Db | undefined;
  try {
    if (loadGaps(to, disk.crc32).state.gaps.length > 0) return; // carried before
    source = disk.open(from, { readOnly: true });
    const { gaps } = loadGaps(source, disk.crc32).state;
    const pending = gaps.map((gap) => ({ ...gap, announcedBy: null }));
    to.transaction(() => saveGaps(to, NO_GAPS, addGaps(NO_GAPS, pending), disk.crc32));
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    // The table cannot be read, or the disk is full: `queue salvage` copies the gaps.
  } finally {
    source?.close();
  }
}

/** Epoch of the damaged file; prevents the reuse of numbers if the clock was set back. */
export function readDamagedEpoch(disk: Disk, path: string): number {
  let db: Db | undefined;
  try {
    db = disk.open(path, { readOnly: true });
    const epoch = singleNumber(
      db.statement("SELECT value FROM meta WHERE name = 'epoch'").rows(),
      0,
    );
    return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  } catch {
    return 0; // The file is damaged: the epoch is unknown.
  } finally {
    db?.close();
  }
}

function quarantineDamaged(disk: Disk, path: string, wallMs: number): string {
  const target = damagedPath(disk, path, wallMs);
  quarantineFile(disk, path, target);
  return target;
}

/** A free path for the damaged file. */
export function damagedPath(disk: Disk, path: string, wallMs: number): string {
  const date = new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  let target = `${path}.damaged-${date}`;
  for (let n = 2; disk.sizeOf(target) !== undefined; n++) {
    target = `${path}.damaged-${date}-${n}`;
  }
  return target;
}

/**
 * Moves a database with its log to `target`. The database is moved last, so an
 * interrupted call can be repeated; once `target` exists, this does nothing.
 */
export function quarantineFile(
  disk: Pick<Disk, "sizeOf" | "rename" | "remove">,
  path: string,
  target: string,
): void {
  if (disk.sizeOf(target) !== undefined) return;
  for (const part of ["-wal", "-shm", ""]) {
    if (disk.sizeOf(`${path}${part}`) !== undefined) {
      disk.rename(`${path}${part}`, `${target}${part}`);
    }
  }
  for (const suffix of [".suspect", CHECKED_SUFFIX]) {
    if (disk.sizeOf(`${path}${suffix}`) !== undefined) disk.remove(`${path}${suffix}`);
  }
}

function unusable(path: string, error: DbFailure): Result<never, BufferFault> {
  return bad({ kind: "unusable", detail: `Cannot open ${path}: ${error.message}` });
}
