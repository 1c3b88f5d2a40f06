/**
 * The door to the file of remembered device ids. It is a cache: lost, damaged
 * or not writable, the ids are derived anew from the devices themselves.
 *
 * @module
 */

/** The ids that units had last, by `host:port/unit`. */
export interface IdFile {
  get(key: string): string | undefined;
  set(key: string, deviceId: string): void;
}

/** Opens the memory at `path`; a file that cannot be read counts as empty. */
export async function openIdFile(path: string): Promise<IdFile> {
  const ids = new Map<string, string>(await readIds(path));
  let saving = Promise.resolve();
  return {
    get: (key) => ids.get(key),
    set(key, deviceId) {
      if (ids.get(key) === deviceId) return;
      ids.set(key, deviceId);
      saving = saving.then(() => save(path, ids)).catch(() => {});
    },
  };
}

async function readIds(path: string): Promise<[string, string][]> {
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    if (typeof found !== "object" || found === null) return [];
    return Object.entries(found).filter((entry): entry is [string, string] =>
      typeof entry[1] === "string"
    );
  } catch {
    return [];
  }
}

/** Written beside and renamed, so that a crash leaves the old file or the new one. */
async function save(path: string, ids: ReadonlyMap<string, string>): Promise<void> {
  await Deno.writeTextFile(
    `${path}.new`,
    `${JSON.stringify(Object.fromEntries(ids))}\n`,
  );
  await Deno.rename(`${path}.new`, path);
}
