/**
 * Whether the buffer's disk is full. Pure.
 *
 * @module
 */

import type { Buffer } from "../buffer/buffer.ts";

/** Below this the disk is reported as full, in bytes, although small writes succeed. */
const FREE_BYTES_MIN = 2 ** 20;

/**
 * True if a commit failed on a full disk, or nothing larger can be written.
 *
 * @param freeBytes free space of the disk; null = unknown
 */
export function isDiskFull(
  { isDiskFull }: Pick<Buffer["stats"], "isDiskFull">,
  freeBytes: number | null,
): boolean {
  return isDiskFull || (freeBytes !== null && freeBytes < FREE_BYTES_MIN);
}
