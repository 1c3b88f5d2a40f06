/**
 * Paths and folders of the file system.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";

/** The folder of a path. */
export function folderOf(path: string): string {
  return dirname(path);
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return basename(path);
}

/** The absolute path. */
export function absolutePath(path: string): string {
  return resolve(path);
}

/** The absolute path without symbolic links; {@linkcode absolutePath} if the file does not exist. */
export async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    return resolve(path);
  }
}

/**
 * Creates a folder and its parents, readable by owner and group, if it does not exist.
 *
 * @throws if that is not possible.
 */
export async function createFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true, mode: 0o750 });
}

/** Renames a file, if it exists. */
export async function renameIfExists(from: string, to: string): Promise<void> {
  await Deno.rename(from, to).catch(() => {});
}

/** The names of the files in a folder; empty if it cannot be read. */
export async function listFolder(path: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(path)) names.push(name);
  } catch {
    return [];
  }
  return names;
}
