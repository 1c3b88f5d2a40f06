/**
 * A container file that grows: what was appended is on the disk, or the file
 * is as it was before.
 *
 * @module
 */

import { DAMAGED_SUFFIX, PART_SUFFIX } from "./file_names.ts";

/** A file under `.part`. */
export interface PartFile {
  /** Its bytes, all of them on the disk. */
  readonly size: number;
  /**
   * Appends and syncs; throws if it cannot, and then nothing was appended. A file
   * that somebody removed cannot be appended to: `NotFound`.
   */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file back to `size`, a size that it had. */
  cutBack(size: number): Promise<void>;
  /** Gives it its final name; the name. Throws if it cannot. */
  finish(): Promise<string>;
  /** Closes it as it is: the next start looks after it. */
  abandon(): void;
}

/** Creates `folder/name.part`; undefined if the name is taken. */
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
  let named = false;

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
          throw new Deno.errors.NotFound(`${path} was removed while it was written`);
        }
        // Without its name in the folder a synced file can be lost all the same.
        if (!named) await syncFolder(folder);
        named = true;
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

/** Renames `folder/name.part` to `folder/name` and syncs the folder. */
export async function giveFinalName(folder: string, name: string): Promise<string> {
  await Deno.rename(`${folder}/${name}${PART_SUFFIX}`, `${folder}/${name}`);
  await syncFolder(folder);
  return name;
}

/** Puts `folder/name.part` aside under `.damaged`; nothing in it is changed. */
export async function putAside(folder: string, name: string): Promise<void> {
  await Deno.rename(
    `${folder}/${name}${PART_SUFFIX}`,
    `${folder}/${name}${DAMAGED_SUFFIX}`,
  );
  await syncFolder(folder);
}

/** Makes the folder's entries durable, where the file system can. */
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
