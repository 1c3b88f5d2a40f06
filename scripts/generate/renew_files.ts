/**
 * Writes generated files, or lists those that are out of date.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/**
 * Writes or checks files.
 *
 * @param files text by path from the root of the project.
 * @returns faults as text; none when writing.
 */
export async function renewFiles(
  mode: "write" | "check",
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const url = new URL(path, ROOT);
    if (mode === "write") await Deno.writeTextFile(url, text);
    else if (await Deno.readTextFile(url).catch(() => "") !== text) {
      faults.push(`${path} is out of date`);
    }
  }
  return faults;
}
