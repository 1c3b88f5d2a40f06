/**
 * Watches the free space of the disk that a folder is on.
 *
 * @module
 */

import { statfs } from "node:fs/promises";

/** Minimum time between two readings, in ms. */
const READ_INTERVAL_MS = 2_000;

/**
 * Reads the free space now, and again when it is asked for.
 *
 * @returns a function that returns the bytes that this user can write, as of the last
 * reading; null = unknown. It starts the next reading once the last one is
 * {@linkcode READ_INTERVAL_MS} old.
 */
export async function watchFreeBytes(folder: string): Promise<() => number | null> {
  let free = await readFreeBytes(folder);
  let readAtMs = performance.now();
  let isReading = false;

  async function read(): Promise<void> {
    isReading = true; // stays set while a disk hangs
    free = await readFreeBytes(folder);
    readAtMs = performance.now();
    isReading = false;
  }

  return () => {
    if (!isReading && performance.now() - readAtMs >= READ_INTERVAL_MS) void read();
    return free;
  };
}

async function readFreeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Number(bavail) * Number(bsize);
  } catch {
    return null;
  }
}
