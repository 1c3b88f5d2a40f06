/**
 * Watches the free space of the disk that a folder is on.
 *
 * @module
 */

import { statfs } from "node:fs/promises";

/** How often the space is read, in ms. */
const CHECK_INTERVAL_MS = 2_000;

/**
 * Reads the free space now and then regularly until `signal` aborts.
 *
 * @returns a function that returns the bytes that this user can write; null = unknown.
 */
export async function watchFreeBytes(
  folder: string,
  signal: AbortSignal,
): Promise<() => number | null> {
  let free = await readFreeBytes(folder);
  let isReading = false;
  const timer = setInterval(async () => {
    if (isReading) return; // a disk that hangs
    isReading = true;
    free = await readFreeBytes(folder);
    isReading = false;
  }, CHECK_INTERVAL_MS);
  Deno.unrefTimer(timer);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return () => free;
}

async function readFreeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return Number(bavail) * Number(bsize);
  } catch {
    return null;
  }
}
