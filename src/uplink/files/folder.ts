/**
 * The folder of the container files.
 *
 * @module
 */

import { isFinishedFile, isPartFile, PART_SUFFIX } from "./file_names.ts";
import type { FilesEvent } from "./options.ts";
import { recoverPartFile } from "./part_recovery.ts";
import type { SendFailure } from "../uplink.ts";

const DISK_FULL_CODES: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** Creates the folder and recovers files left open by a crash; returns the bytes of the finished files. */
export async function openFolder(
  folder: string,
  notify: (event: FilesEvent) => void,
): Promise<number> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !isPartFile(name)) continue;
    const final = name.slice(0, -PART_SUFFIX.length);
    const recovery = await recoverPartFile(folder, final);
    if (recovery.kind === "damaged") {
      notify({ kind: "damaged", file: final, detail: recovery.detail });
    } else notify({ kind: "recovered", file: final, cutBytes: recovery.cutBytes });
  }
  return (await finishedFiles(folder)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Finished files of this program, oldest first. */
export async function finishedFiles(
  folder: string,
): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const files: { name: string; bytes: number; changedMs: number }[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !isFinishedFile(name)) continue;
    try {
      const { size, mtime } = await Deno.stat(`${folder}/${name}`);
      files.push({ name, bytes: size, changedMs: mtime?.getTime() ?? 0 });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return files.sort((a, b) => a.changedMs - b.changedMs || (a.name < b.name ? -1 : 1));
}

/** Deletes a finished file. */
export async function deleteFinished(folder: string, name: string): Promise<void> {
  await Deno.remove(`${folder}/${name}`);
}

/** Classifies a failed write. */
export function nameDiskFailure(error: unknown): SendFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const detail = error instanceof Error ? error.message : String(error);
  return {
    errorName: DISK_FULL_CODES.has(code) ? "DISK_FULL" : "DISK_FAILURE",
    detail,
  };
}
