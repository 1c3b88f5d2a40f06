/**
 * A container file that is being written. An append is synced to disk, or it leaves
 * the file unchanged.
 *
 * @module
 */

import { SYNC_SIZE } from "./container_file.ts";
import { DAMAGED_SUFFIX, PART_SUFFIX } from "./file_names.ts";

/** An open file with the suffix `.part`. */
export interface PartFile {
  /** Size in bytes; all of them are on disk. */
  readonly size: number;
  /**
   * Appends and syncs; if it throws, nothing was appended. Throws `NotFound` if the
   * file was removed.
   */
  append(bytes: Uint8Array): Promise<void>;
  /** Truncates the file to `size`, an earlier size. */
  cutBack(size: number): Promise<void>;
  /** Closes the file and renames it to its final name, which is returned. */
  finish(): Promise<string>;
  /** Closes the file without renaming it; the next start recovers it. */
  abandon(): void;
}

/** Creates `folder/name.part`; undefined if the name is already used. */
export async function createPartFile(
  folder: string,
  name: string,
): Promise<PartFile | undefined> {
  const path = `${folder}/${name}${PART_SUFFIX}`;
  if (await exists(`${folder}/${name}`)) return undefined;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { write: true, createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw error;
  }
  let size = 0;
  let isEntrySynced = false;

  async function cutBack(to: number): Promise<void> {
    await file.truncate(to);
    await file.seek(to, Deno.SeekMode.Start);
    size = to;
  }

  return {
    get size() {
      return size;
    },
    async append(bytes) {
      try {
        for (let done = 0; done < bytes.length;) {
          done += await file.write(bytes.subarray(done));
        }
        await file.syncData();
        if ((await file.stat()).nlink === 0) {
          throw new Deno.errors.NotFound(
            `${path} was removed while it was being written`,
          );
        }
        // A synced file can still be lost if its folder entry is not synced.
        if (!isEntrySynced) await syncFolder(folder);
        isEntrySynced = true;
      } catch (error) {
        await cutBack(size);
        throw error;
      }
      size += bytes.length;
    },
    cutBack,
    async finish() {
      file.close();
      return await giveFinalName(folder, name);
    },
    abandon: () => file.close(),
  };
}

/** A random sync marker. */
export function createSyncMarker(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(SYNC_SIZE));
}

/** Renames `folder/name.part` to `folder/name` and syncs the folder. */
export async function giveFinalName(folder: string, name: string): Promise<string> {
  await Deno.rename(`${folder}/${name}${PART_SUFFIX}`, `${folder}/${name}`);
  await syncFolder(folder);
  return name;
}

/** Deletes `folder/name.part`. */
export async function removePartFile(folder: string, name: string): Promise<void> {
  await Deno.remove(`${folder}/${name}${PART_SUFFIX}`);
}

/** Renames `folder/name.part` to `folder/name.damaged` without changing its contents. */
export async function quarantinePartFile(folder: string, name: string): Promise<void> {
  await Deno.rename(
    `${folder}/${name}${PART_SUFFIX}`,
    `${folder}/${name}${DAMAGED_SUFFIX}`,
  );
  await syncFolder(folder);
}

/** Syncs the entries of the folder, if the file system supports that. */
export async function syncFolder(folder: string): Promise<void> {
  let opened: Deno.FsFile | undefined;
  try {
    opened = await Deno.open(folder, { read: true });
    await opened.sync();
  } catch {
    // Some file systems cannot sync a folder; the files themselves are synced.
  } finally {
    opened?.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
