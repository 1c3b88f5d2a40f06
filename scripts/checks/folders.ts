/**
 * Limits how many source files a folder holds side by side. Pure.
 *
 * @module
 */

/** Maximum number of source files in a folder; tests and subfolders are not counted. */
export const FOLDER_FILES_MAX = 20;

/** One fault for each folder of `files` (paths) that holds too many of them. */
export function folderFaults(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of files) {
    if (path.endsWith("_test.ts")) continue;
    const folder = path.slice(0, path.lastIndexOf("/"));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > FOLDER_FILES_MAX).map((
    [folder, count],
  ) =>
    `${folder} holds ${count} source files, the limit is ${FOLDER_FILES_MAX}: ` +
    "group them in subfolders"
  );
}
