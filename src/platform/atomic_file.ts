/**
 * The door for small files that are there whole or not at all.
 *
 * @module
 */

/**
 * Written beside, synced and renamed: a crash or a power cut leaves the old file
 * or the new one.
 *
 * @throws what the file system says.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  {
    using file = await Deno.open(beside, {
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
  await Deno.rename(beside, path);
}

/** What a JSON file holds; undefined if there is none, or it is damaged. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}
