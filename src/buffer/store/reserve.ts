/**
 * Disk space that is reserved for a full disk: a file beside the buffer that is deleted
 * when the disk is full. SQLite needs space for its log even to delete rows.
 *
 * @module
 */

import type { StorageLimits } from "../retention.ts";

/** By which the database file may grow on a full disk: the schemas of all records, some rows. */
export const GROWTH_BYTES_MAX = 256 * 1024;

/** Space beside that of the log: its index (32 KiB), the growth of the file, and some more. */
const RESERVE_EXTRA_BYTES = GROWTH_BYTES_MAX + 64 * 1024;

/** Size of the least reserve, in bytes: with a log of 192 KiB. */
const RESERVE_BYTES_MIN = 192 * 1024 + RESERVE_EXTRA_BYTES;

/**
 * Size of the reserve, in bytes. On a full disk the log must be copied into the database
 * file, which grows by at most the size of the log; only then is the log's space free.
 */
export function reserveBytes({ walBytesMax }: StorageLimits): number {
  return Math.max(RESERVE_BYTES_MIN, walBytesMax + RESERVE_EXTRA_BYTES);
}

/** File system operations of the reserve. */
export interface ReserveDisk {
  sizeOf(path: string): number | undefined;
  remove(path: string): void;
  /** Writes `bytes` bytes to a new file; throws if the disk is full. */
  createFilled(path: string, bytes: number): void;
}

/** The reserve of one buffer. No method throws. */
export interface Reserve {
  /** Sets the size that the reserve has from the next renewal on, in bytes. */
  resize(bytes: number): void;
  /** Frees the space. */
  release(): void;
  /**
   * Takes the space if that is possible, or the least that is of use.
   *
   * @returns the size of the log for which it has space, in bytes; 0 = none
   */
  renew(): number;
}

/** The reserve of the buffer at `path`. */
export function createReserve(disk: ReserveDisk, bufferPath: string): Reserve {
  const path = `${bufferPath}.reserve`;
  let size = RESERVE_BYTES_MIN;

  function release(): void {
    try {
      if (disk.sizeOf(path) !== undefined) disk.remove(path);
    } catch {
      // Nothing is freed; the caller's next write shows it.
    }
  }

  function create(bytes: number): boolean {
    try {
      if (disk.sizeOf(path) !== bytes) disk.createFilled(path, bytes);
      return true;
    } catch {
      release(); // A part of it is of no use.
      return false;
    }
  }

  return {
    resize(bytes) {
      size = bytes;
    },
    release,
    renew() {
      const bytes = [size, RESERVE_BYTES_MIN].find(create);
      return bytes === undefined ? 0 : bytes - RESERVE_EXTRA_BYTES;
    },
  };
}
