/**
 * Small file systems that tests fill.
 *
 * @module
 */

import { ok } from "node:assert/strict";

/** Mounts a separate file system (tmpfs) on `folder` while `work` runs. */
export async function onSmallDisk(
  folder: string,
  size: string,
  work: () => Promise<void>,
): Promise<void> {
  const mount = new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder],
  }).outputSync();
  const why = new TextDecoder().decode(mount.stderr);
  ok(mount.success, `cannot mount a small disk (root is required): ${why}`);
  try {
    await work();
  } finally {
    new Deno.Command("umount", { args: ["-l", folder] }).outputSync();
  }
}

/** Fills the disk to the last byte; fails if it is larger than 16 MiB. */
export function fillDisk(path: string): void {
  const file = Deno.openSync(path, { write: true, create: true });
  try {
    for (let size = 2 ** 16; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (let turn = 0; turn < 256; turn++) file.writeSync(new Uint8Array(size));
        ok(false, "the disk is larger than expected");
      } catch (error) {
        if (!(error instanceof Error) || !/ENOSPC|No space/.test(error.message)) {
          throw error;
        }
      }
    }
  } finally {
    file.close();
  }
}
