/**
 * Opens the buffer's file: takes the single-writer lock, checks the file, and
 * quarantines a damaged one so that the agent can continue with a new file.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import type { BufferFault } from "../buffer.ts";
import { type Db, DbFailure, isDamage, isFullDisk } from "./database.ts";
import { type Disk, isSameFile, logBytes, takeLock } from "./disk.ts";
import {
  carryGaps,
  checkFile,
  markSound,
  markSuspect,
  quarantineDamaged,
  quarantineFile,
  readDamagedEpoch,
} from "./quarantine.ts";
import { createReserve, type Reserve } from "./reserve.ts";
import { classifyFile, migrate, SCHEMA_VERSION } from "./schema.ts";

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
      markSuspect: () => markSuspect(disk, path),
      markSound: () => markSound(disk, path),
      close,
    });
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return unusable(givenPath, error);
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
      return openLocked(disk, path, wallMs, mode);
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
    checkFile(disk, db, path);
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

function unusable(path: string, error: DbFailure): Result<never, BufferFault> {
  return bad({ kind: "unusable", detail: `Cannot open ${path}: ${error.message}` });
}
