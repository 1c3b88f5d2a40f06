/**
 * Which files the checks apply to. Pure.
 *
 * @module
 */

/** The folders whose files the checks read. */
export const SOURCE_FOLDERS: readonly string[] = ["src", "scripts"];

/**
 * The path of a source file from the project's root; undefined for a test and for
 * a file outside {@linkcode SOURCE_FOLDERS}.
 */
export function sourcePath(filename: string): string | undefined {
  if (filename.endsWith("_test.ts")) return undefined;
  return /(?:^|\/)((?:src|scripts)\/.*)$/.exec(filename)?.[1];
}
