/**
 * The cache file: small JSON values by key. It is written as a whole and rarely,
 * because it is usually on an SD card. If it is lost, damaged or not writable, the
 * agent determines the values again.
 *
 * @module
 */

import { isObject } from "../base/is_object.ts";
import { writeFileAtomically } from "./atomic_file.ts";

/** Version of the file format; a file of another version is treated as empty. */
const VERSION = 1;

/** Maximum number of entries; the one set longest ago is removed first. */
export const ENTRIES_MAX = 4_096;

/** Maximum size to read; this program never writes a larger file. */
export const FILE_BYTES_MAX = 32 * 1024 ** 2;

/** Delay between a change and the write, in ms. */
const WRITE_DELAY_MS = 10_000;

/** Minimum time between two writes, in ms. It takes precedence over the delay. */
const WRITE_INTERVAL_MIN_MS = 300_000;

/** An open cache file. */
export interface CacheFile {
  /** The value of a key; undefined if it has none. */
  get(key: string): unknown;
  /** Stores a JSON value; an equal value causes no write. */
  set(key: string, value: unknown): void;
  delete(key: string): void;
  keys(): Iterable<string>;
  /** Writes pending changes now. Never rejects. */
  flush(): Promise<void>;
}

/** A fault of a cache file. */
export type CacheFileFault =
  /** The content cannot be used; the cache starts empty. */
  | { readonly kind: "damaged"; readonly path: string; readonly detail: string }
  /** The file could not be written; reported once until a write succeeds. */
  | { readonly kind: "unwritable"; readonly path: string; readonly detail: string };

/** Opens the cache at `path`. */
export async function openCacheFile(
  path: string,
  onFault: (fault: CacheFileFault) => void,
): Promise<CacheFile> {
  /** Values as JSON texts, which are immutable and easy to compare. */
  const entries = await readEntries(path, onFault);
  let dirty = false;
  let writtenMs = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let reported = false;

  function change(): void {
    dirty = true;
    if (timer !== undefined) return;
    const waitMs = writtenMs + WRITE_INTERVAL_MIN_MS - performance.now();
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
    writing = writing.then(() => writeFileAtomically(path, text)).then(
      () => void (reported = false),
      (error: unknown) => {
        if (!reported) onFault({ kind: "unwritable", path, detail: messageOf(error) });
        reported = true;
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
      entries.delete(key); // moves the key to the end: the oldest is first
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
  onFault: (fault: CacheFileFault) => void,
): Promise<Map<string, string>> {
  const damaged = (detail: string): Map<string, string> => {
    onFault({ kind: "damaged", path, detail });
    return new Map();
  };
  try {
    const { size } = await Deno.stat(path);
    if (size > FILE_BYTES_MAX) {
      return damaged(`size is ${size} bytes, the maximum is ${FILE_BYTES_MAX}`);
    }
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    if (!isObject(found)) return damaged("not a JSON object");
    if (found["version"] !== VERSION) {
      return damaged(`version is ${found["version"]}, expected ${VERSION}`);
    }
    const entries = found["entries"];
    if (!isObject(entries)) return damaged("entries is not an object");
    return new Map(
      Object.entries(entries).slice(-ENTRIES_MAX)
        .map(([key, value]) => [key, JSON.stringify(value)]),
    );
  } catch (error) {
    return error instanceof Deno.errors.NotFound
      ? new Map()
      : damaged(messageOf(error));
  }
}

function toText(entries: ReadonlyMap<string, string>): string {
  const lines = [...entries].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  return `{"version":${VERSION},"entries":{\n${lines.join(",\n")}\n}}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
