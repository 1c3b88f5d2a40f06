/**
 * Disk space that is reserved for a full disk: a file beside the buffer that is deleted
 * when the disk is full. SQLite needs space for its log even to delete rows.
 *
 * @module
 */

/**
 * Size of the reserve in bytes: the index of the log (32 KiB) and a log in which small
 * transactions fit.
 */
export const RESERVE_BYTES = 256 * 1024;

/** File system operations of the reserve. */
export interface ReserveDisk {
  sizeOf(path: string): number | undefined;
  remove(path: string): void;
  /** Writes `bytes` bytes to a new file; throws if the disk is full. */
  createFilled(path: string, bytes: number): void;
}

/** The reserve of one buffer. No method throws. */
export interface Reserve {
  /** Frees the space. */
  release(): void;
  /** Takes the space if that is possible; true if it has it. */
  renew(): boolean;
}

/** The reserve of the buffer at `path`. */
export function createReserve(disk: ReserveDisk, bufferPath: string): Reserve {
  const path = `${bufferPath}.reserve`;

  function release(): void {
    try {
      if (disk.sizeOf(path) !== undefined) disk.remove(path);
    } catch {
      // Nothing is freed; the caller's next write shows it.
    }
  }

  return {
    release,
    renew() {
      try {
        if (disk.sizeOf(path) !== RESERVE_BYTES) disk.createFilled(path, RESERVE_BYTES);
        return true;
      } catch {
        release(); // A part of it is of no use.
        return false;
      }
    },
  };
}
