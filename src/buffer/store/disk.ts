/**
 * What the buffer's files need of the file system.
 *
 * @module
 */

import type { Crc32 } from "../row_checksum.ts";
import { type Db, DbFailure, isDamage } from "./database.ts";
import type { ReserveDisk } from "./reserve.ts";

/** File system operations of the buffer. */
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

/** Size of the write-ahead log, in bytes; 0 if it is unknown. */
export function logBytes(disk: Disk, path: string): number {
  try {
    return disk.sizeOf(`${path}-wal`) ?? 0;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return 0;
  }
}

/** True also while the file system returns errors: they do not show that the file was replaced. */
export function isSameFile(
  disk: Disk,
  path: string,
  identity: string | undefined,
): boolean {
  try {
    return disk.identityOf(path) === identity;
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    return true;
  }
}

/**
 * Takes the single-writer lock. A power loss can leave a damaged lock file; one that is
 * held is never damaged.
 */
export function takeLock(disk: Disk, path: string): ReturnType<Disk["lock"]> {
  try {
    return disk.lock(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    disk.remove(path);
    return disk.lock(path);
  }
}
