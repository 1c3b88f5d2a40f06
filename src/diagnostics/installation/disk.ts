/**
 * Examines the disk behind a folder: write permission, free space, file system type
 * and the duration of a synced write.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Finding, finding } from "../finding.ts";
import { formatMs, nearestRank } from "../measurement.ts";
import { formatBytes } from "../../base/format.ts";
import { mountOf } from "./mount.ts";

/** Number of synced writes that are timed. */
const SYNCS = 5;
const SYNC_BYTES = 4_096;
/** Duration of a commit above which consecutive polls have to wait. */
const SYNC_SLOW_MS = 500;
/** File systems that lose data at a restart or do not support the locks of SQLite. */
const VOLATILE: ReadonlySet<string> = new Set(["tmpfs", "ramfs", "overlay"]);
const REMOTE: ReadonlySet<string> = new Set([
  "nfs",
  "nfs4",
  "cifs",
  "smb3",
  "9p",
  "fuse.sshfs",
]);

/** Examines the folder of a file, as {@linkcode examineFolder} does. */
export async function examineFolderOf(
  what: string,
  file: string,
  bytesMax: number,
): Promise<readonly Finding[]> {
  return await examineFolder(what, dirname(file), bytesMax);
}

/**
 * Examines a folder.
 *
 * @param what its content, such as `buffer`.
 * @param bytesMax configured size limit of the content.
 */
export async function examineFolder(
  what: string,
  folder: string,
  bytesMax: number,
): Promise<readonly Finding[]> {
  const existing = await Deno.stat(folder).then(
    ({ isDirectory }) => isDirectory,
    () => false,
  );
  if (!existing) {
    return [
      finding(
        `${what} folder`,
        "warning",
        `${folder} does not exist`,
        "the agent creates it if it is permitted to; a package or systemd creates it with the right owner",
      ),
    ];
  }
  return [
    await checkWriting(what, folder),
    await checkSpace(what, folder, bytesMax),
    ...await checkFileSystem(what, folder),
  ];
}

/** Creates a file, times synced writes to it, and removes it. */
async function checkWriting(what: string, folder: string): Promise<Finding> {
  const check = `${what} folder`;
  const uid = Deno.uid();
  let times: readonly number[];
  try {
    times = await timeSyncedWrites(folder);
  } catch (error) {
    if (isDiskFull(error)) return await diskFull(check, folder);
    const why = error instanceof Error ? error.message : String(error);
    return finding(
      check,
      "failure",
      `${folder} is not writable by user ${uid}: ${why}`,
      `run doctor as the agent's user; if it is, make it the owner: chown ${uid} ${folder}`,
    );
  }
  const p50 = nearestRank(times, 0.5);
  const found = `${folder} is writable by user ${uid}; a synced write takes ` +
    `${formatMs(p50)} (longest ${formatMs(Math.max(...times))})`;
  return p50 < SYNC_SLOW_MS ? finding(check, "ok", found, "nothing to do") : finding(
    check,
    "warning",
    found,
    "slow disk: no record is lost, but records may be late; raise flush_interval_ms and power_loss_window_ms",
  );
}

async function timeSyncedWrites(folder: string): Promise<readonly number[]> {
  const path = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
  try {
    using file = await Deno.open(path, { write: true });
    const times: number[] = [];
    for (let nth = 0; nth < SYNCS; nth++) {
      await file.write(new Uint8Array(SYNC_BYTES));
      const startMs = performance.now();
      await file.syncData();
      times.push(performance.now() - startMs);
    }
    return times;
  } finally {
    await Deno.remove(path);
  }
}

/** No space on the device, or the quota is used up (errno(3)). */
function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOSPC" || error.code === "EDQUOT");
}

async function diskFull(check: string, folder: string): Promise<Finding> {
  const { free } = await spaceOf(folder);
  return finding(
    check,
    "failure",
    `disk full (${formatBytes(free)} free)`,
    "free space or lower max_bytes",
  );
}

/** Size of a file system and the space free for unprivileged users, in bytes. */
async function spaceOf(
  folder: string,
): Promise<{ readonly free: number; readonly size: number }> {
  const { bavail, bsize, blocks } = await statfs(folder);
  return {
    free: Number(bavail) * Number(bsize),
    size: Number(blocks) * Number(bsize),
  };
}

async function checkSpace(
  what: string,
  folder: string,
  bytesMax: number,
): Promise<Finding> {
  const { free, size } = await spaceOf(folder);
  const check = `${what} disk space`;
  const found = `${formatBytes(free)} free of ${formatBytes(size)}; max_bytes is ${
    formatBytes(bytesMax)
  }`;
  return free >= bytesMax ? finding(check, "ok", found, "nothing to do") : finding(
    check,
    "failure",
    found,
    "the disk would be full before max_bytes is reached: lower max_bytes or free space",
  );
}

async function checkFileSystem(
  what: string,
  folder: string,
): Promise<readonly Finding[]> {
  const check = `${what} disk`;
  const text = await Deno.readTextFile("/proc/self/mountinfo").catch(() => "");
  const mount = mountOf(text, await Deno.realPath(folder));
  if (mount === undefined) return [];
  const { type, source, device, point } = mount;
  const found = `${type} on ${source} at ${point}`;
  if (VOLATILE.has(type)) {
    return [
      finding(
        check,
        "failure",
        found,
        "data on this file system is lost at a restart: use a folder on a persistent disk",
      ),
    ];
  }
  if (REMOTE.has(type)) {
    return [
      finding(
        check,
        "failure",
        found,
        "the locks of SQLite are not reliable on a network file system: use a local disk",
      ),
    ];
  }
  const kind = await diskKind(device, source);
  return [
    kind === "sd"
      ? finding(
        check,
        "warning",
        `${found}, an SD card or eMMC`,
        "small writes wear it out; raise flush_interval_ms to reduce the wear, and monitor its wear level",
      )
      : finding(
        check,
        "ok",
        `${found}${kind === "rotating" ? ", a rotating disk" : ""}`,
        "nothing to do",
      ),
  ];
}

async function diskKind(
  device: string,
  source: string,
): Promise<"sd" | "rotating" | "other"> {
  if (source.includes("mmcblk")) return "sd";
  // The queue of a partition is in the directory of its disk, one level up.
  for (
    const path of [
      `/sys/dev/block/${device}/queue`,
      `/sys/dev/block/${device}/../queue`,
    ]
  ) {
    const text = await Deno.readTextFile(`${path}/rotational`).catch(() => "");
    if (text.trim() === "1") return "rotating";
  }
  return "other";
}
