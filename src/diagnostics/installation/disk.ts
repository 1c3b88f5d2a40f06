/**
 * What stands behind a folder: may it be written, how much room is left, what
 * kind of disk is it, and how fast does it make a write last.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { type Finding, finding, inMs, quantile } from "../finding.ts";
import { formatBytes } from "../../cli/terminal/table.ts";

/** Writes that are made to last, to time them. */
const SYNCS = 5;
const SYNC_BYTES = 4_096;
/** A commit that takes longer makes polls wait in a row. */
const SYNC_SLOW_MS = 500;
/** File systems that forget at a restart, or cannot lock as SQLite needs it. */
const FORGETFUL: ReadonlySet<string> = new Set(["tmpfs", "ramfs", "overlay"]);
const REMOTE: ReadonlySet<string> = new Set([
  "nfs",
  "nfs4",
  "cifs",
  "smb3",
  "9p",
  "fuse.sshfs",
]);

/** Looks at the folder in which `what` (such as `buffer`) is kept, which may grow by `bytesMax`. */
export async function examineFolder(
  what: string,
  folder: string,
  bytesMax: number,
): Promise<readonly Finding[]> {
  const there = await nearestFolder(folder);
  if (there !== folder) {
    return [
      finding(
        `${what} folder`,
        "note",
        `${folder} is not there`,
        "run makes it if it may; a package or systemd makes it with the right owner",
      ),
    ];
  }
  return [
    await examineWriting(what, folder),
    await examineRoom(what, folder, bytesMax),
    ...await examineKind(what, folder),
  ];
}

/** Makes a file, times how long a write takes to last, and removes it. */
async function examineWriting(what: string, folder: string): Promise<Finding> {
  const check = `${what} folder`;
  let path: string;
  try {
    path = await Deno.makeTempFile({ dir: folder, prefix: ".doctor-" });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const uid = Deno.uid();
    return finding(
      check,
      "bad",
      `${folder} cannot be written by user ${uid}: ${why}`,
      `call doctor as the agent's user; if it is, give it the folder: chown ${uid} ${folder}`,
    );
  }
  try {
    using file = await Deno.open(path, { write: true });
    const times: number[] = [];
    for (let nth = 0; nth < SYNCS; nth++) {
      await file.write(new Uint8Array(SYNC_BYTES));
      const startMs = performance.now();
      await file.syncData();
      times.push(performance.now() - startMs);
    }
    const p50 = quantile(times, 0.5);
    const found =
      `${folder} can be written by user ${Deno.uid()}; a write lasts after ` +
      `${inMs(p50)} (longest ${inMs(Math.max(...times))})`;
    return p50 < SYNC_SLOW_MS
      ? finding(check, "good", found, "nothing to do")
      : finding(
        check,
        "note",
        found,
        "a slow disk: nothing is lost, but records may be late; raise flush_interval_ms and power_loss_window_ms",
      );
  } finally {
    await Deno.remove(path);
  }
}

async function examineRoom(
  what: string,
  folder: string,
  bytesMax: number,
): Promise<Finding> {
  const { bavail, bsize, blocks } = await statfs(folder);
  const free = Number(bavail) * Number(bsize);
  const size = Number(blocks) * Number(bsize);
  const check = `${what} disk space`;
  const found = `${formatBytes(free)} free of ${formatBytes(size)}; it may grow to ${
    formatBytes(bytesMax)
  }`;
  return free >= bytesMax ? finding(check, "good", found, "nothing to do") : finding(
    check,
    "bad",
    found,
    "the disk would be full before the limit that is set: lower max_bytes or make room",
  );
}

async function examineKind(what: string, folder: string): Promise<readonly Finding[]> {
  const check = `${what} disk`;
  const text = await Deno.readTextFile("/proc/self/mountinfo").catch(() => "");
  const mount = mountOf(text, await Deno.realPath(folder));
  if (mount === undefined) return [];
  const { type, source, device, point } = mount;
  const found = `${type} on ${source} at ${point}`;
  if (FORGETFUL.has(type)) {
    return [
      finding(
        check,
        "bad",
        found,
        "what is written there is gone after a restart: choose a folder on a disk that lasts",
      ),
    ];
  }
  if (REMOTE.has(type)) {
    return [
      finding(
        check,
        "bad",
        found,
        "SQLite's locks do not hold on a network file system: choose a local disk",
      ),
    ];
  }
  const kind = await deviceKind(device, source);
  return [
    kind === "sd"
      ? finding(
        check,
        "note",
        `${found}, an SD card or eMMC`,
        "it wears out by small writes: a longer flush_interval_ms spares it; watch its age",
      )
      : finding(
        check,
        "good",
        `${found}${kind === "rotating" ? ", a rotating disk" : ""}`,
        "nothing to do",
      ),
  ];
}

/** What is mounted at a path. */
export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly source: string;
  /** `major:minor`. */
  readonly device: string;
}

/** The mount that holds `path`, out of /proc/self/mountinfo (proc(5)); the last of equals lies on top. */
export function mountOf(mountinfo: string, path: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mountinfo.split("\n")) {
    const [left = "", right = ""] = line.split(" - ");
    const [, , device = "", , point = ""] = left.split(" ").map(unescape);
    const [type = "", source = ""] = right.split(" ").map(unescape);
    if (
      type === "" ||
      !(path === point || path.startsWith(point === "/" ? "/" : `${point}/`))
    ) continue;
    if (best === undefined || point.length >= best.point.length) {
      best = { point, type, source, device };
    }
  }
  return best;
}

/** Blanks stand there as `\040`. */
function unescape(field: string): string {
  return field.replaceAll(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}

async function deviceKind(
  device: string,
  source: string,
): Promise<"sd" | "rotating" | "other"> {
  if (source.includes("mmcblk")) return "sd";
  // A partition has its disk above it.
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

/** The folder itself, or the nearest one above that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const there = await Deno.stat(folder).then(
    ({ isDirectory }) => isDirectory,
    () => false,
  );
  if (there || folder === "/") return folder;
  return await nearestFolder(folder.replace(/\/[^/]*$/, "") || "/");
}
