/**
 * The door to the cache file: small JSON values by key, written seldom (it
 * stands on an SD card as a rule) and whole. It is a cache: lost, damaged or not
 * writable, what it held is found out anew.
 *
 * @module
 */

import { writeWhole } from "./atomic_file.ts";

/** The form of the file; one of another form counts as empty. */
const VERSION = 1;

/** No more entries are kept; the one that was set longest ago leaves first. */
export const ENTRIES_MAX = 4_096;

/** A larger file is not read: this program wrote none. */
export const FILE_BYTES_MAX = 32 * 1024 ** 2;

/** What is set is on the disk within this... */
export const WRITE_DELAY_MS = 10_000;

/** ...but the file is not written more often than this. */
export const WRITE_EVERY_MS = 300_000;

/** An open cache file. */
export interface CacheFile {
  get(key: string): unknown;
  /** Keeps a plain JSON value; one that is there already is no reason to write. */
  set(key: string, value: unknown): void;
  delete(key: string): void;
  keys(): Iterable<string>;
  /** Writes at once what has not been written. Never rejects. */
  flush(): Promise<void>;
}

/** What is told of a cache file. */
export type CacheTrouble =
  /** What stood there is none of ours; it begins empty. */
  | { readonly is: "damaged"; readonly path: string; readonly detail: string }
  /** It could not be written; told once until it can. */
  | { readonly is: "unwritable"; readonly path: string; readonly detail: string };

/** Opens the cache at `path`. */
export async function openCacheFile(
  path: string,
  onTrouble: (trouble: CacheTrouble) => void,
): Promise<CacheFile> {
  /** Values as JSON texts: what is set again is compared, and nobody changes them. */
  const entries = await readEntries(path, onTrouble);
  let dirty = false;
  let writtenMs = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let troubled = false;

  function change(): void {
    dirty = true;
    if (timer !== undefined) return;
    const waitMs = writtenMs + WRITE_EVERY_MS - performance.now();
    timer = setTimeout(() => void flush(), Math.max(WRITE_DELAY_MS, waitMs));
    Deno.unrefTimer(timer);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (!dirty) return writing;
    dirty = false;
    writtenMs = performance.now();
    const text = toText(entries);
    writing = writing.then(() => writeWhole(path, text)).then(
      () => void (troubled = false),
      (error: unknown) => {
        if (!troubled) onTrouble({ is: "unwritable", path, detail: wordsOf(error) });
        troubled = true;
      },
    );
    return writing;
  }

  return {
    get(key) {
      const text = entries.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    set(key, value) {
      const text = JSON.stringify(value);
      if (entries.get(key) === text) return;
      entries.delete(key); // to the end: the oldest stands first
      entries.set(key, text);
      for (const oldest of entries.keys()) {
        if (entries.size <= ENTRIES_MAX) break;
        entries.delete(oldest);
      }
      change();
    },
    delete(key) {
      if (entries.delete(key)) change();
    },
    keys: () => entries.keys(),
    flush,
  };
}

async function readEntries(
  path: string,
  onTrouble: (trouble: CacheTrouble) => void,
): Promise<Map<string, string>> {
  const damaged = (detail: string): Map<string, string> => {
    onTrouble({ is: "damaged", path, detail });
    return new Map();
  };
  try {
    const { size } = await Deno.stat(path);
    if (size > FILE_BYTES_MAX) return damaged(`it has ${size} bytes`);
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    if (!isTable(found)) return damaged("it is no table");
    if (found["version"] !== VERSION) {
      return damaged(`it is of version ${found["version"]}, not ${VERSION}`);
    }
    const entries = found["entries"];
    if (!isTable(entries)) return damaged("it has no table of entries");
    return new Map(
      Object.entries(entries).slice(-ENTRIES_MAX)
        .map(([key, value]) => [key, JSON.stringify(value)]),
    );
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? new Map() : damaged(wordsOf(error));
  }
}

function isTable(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === "object" && found !== null && !Array.isArray(found);
}

function toText(entries: ReadonlyMap<string, string>): string {
  const lines = [...entries].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  return `{"version":${VERSION},"entries":{\n${lines.join(",\n")}\n}}\n`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
