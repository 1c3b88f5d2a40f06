/**
 * Atomic replacement of small files.
 *
 * @module
 */

/**
 * Replaces the content of a file: the text is written to a temporary file, synced and
 * renamed, so that a crash or a power cut leaves either the old or the new content.
 *
 * @throws the error of the file system.
 */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  {
    using file = await Deno.open(temporary, {
      write: true,
      create: true,
      truncate: true,
      mode: 0o640,
    });
    const bytes = new TextEncoder().encode(text);
    for (let written = 0; written < bytes.length;) {
      written += await file.write(bytes.subarray(written));
    }
    await file.sync();
  }
  await Deno.rename(temporary, path);
}

/** The content of a JSON file; undefined if it is missing or damaged. */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}
