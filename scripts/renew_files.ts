/**
 * Writes generated files, or says which of them are out of date.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url);

/**
 * Renews files whose paths count from the project's root.
 *
 * @returns faults in words; none when writing.
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
