/**
 * Which container files are open, how large all files are, and which of them must be
 * finished or deleted. Pure.
 *
 * @module
 */

import type { FilesOptions } from "./options.ts";

const ROTATE_BYTES = 16 * 1024 * 1024;
const ROTATE_MS = 3_600_000;
const MAX_BYTES = 1024 * 1024 * 1024;
/** A file is at most this fraction of the total, so that a deletion removes little. */
const FILES_PER_TOTAL = 4;
/** Maximum number of open files; beyond it the oldest are finished. */
const OPEN_FILES_MAX = 32;

/** The limits in effect. */
export interface FilesLimits {
  readonly rotateBytes: number;
  readonly rotateMs: number;
  readonly maxBytes: number;
}

/** The limits of the options, with their defaults. */
export function limitsOf(
  options: Pick<FilesOptions, "rotateBytes" | "rotateMs" | "maxBytes">,
): FilesLimits {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const rotateBytes = options.rotateBytes ?? ROTATE_BYTES;
  return {
    rotateBytes: Math.min(rotateBytes, Math.floor(maxBytes / FILES_PER_TOTAL)),
    rotateMs: options.rotateMs ?? ROTATE_MS,
    maxBytes,
  };
}

/** An open file; `handle` writes to it. */
export interface OpenContainer<Handle> {
  readonly handle: Handle;
  readonly name: string;
  readonly bytes: number;
  /** `monotonicMs` of its creation. */
  readonly beganMs: number;
}

/** The files of the uplink. */
export interface FilesState<Handle> {
  /** Open files by schema and topic, oldest first. */
  readonly open: ReadonlyMap<string, OpenContainer<Handle>>;
  /** Bytes of the finished files; null = the folder was not scanned yet. */
  readonly finishedBytes: number | null;
}

/** A change of the files. */
export type FilesChange<Handle> =
  /** The folder was scanned. */
  | { readonly kind: "scanned"; readonly finishedBytes: number }
  | {
    readonly kind: "opened";
    readonly key: string;
    readonly file: OpenContainer<Handle>;
  }
  | { readonly kind: "resized"; readonly key: string; readonly bytes: number }
  /** A file was closed. */
  | { readonly kind: "closed"; readonly key: string }
  /** A closed file was renamed to its final name. */
  | { readonly kind: "finished"; readonly bytes: number }
  /** Another process removed files or the folder: the state is unknown. */
  | { readonly kind: "lost" };

/** The state before the folder is scanned. */
export function initialFiles<Handle>(): FilesState<Handle> {
  return { open: new Map(), finishedBytes: null };
}

/** The state after `change`. */
export function applyFilesChange<Handle>(
  state: FilesState<Handle>,
  change: FilesChange<Handle>,
): FilesState<Handle> {
  switch (change.kind) {
    case "scanned":
      return { ...state, finishedBytes: change.finishedBytes };
    case "opened":
      return { ...state, open: new Map([...state.open, [change.key, change.file]]) };
    case "resized": {
      const file = state.open.get(change.key);
      if (file === undefined) return state;
      const resized = { ...file, bytes: change.bytes };
      return { ...state, open: new Map([...state.open, [change.key, resized]]) };
    }
    case "closed": {
      const open = new Map(state.open);
      open.delete(change.key);
      return { ...state, open };
    }
    case "finished":
      return { ...state, finishedBytes: (state.finishedBytes ?? 0) + change.bytes };
    case "lost":
      return initialFiles();
  }
}

/** Keys of the files to finish: full or old ones, and the oldest beyond the maximum number. */
export function dueFiles(
  { open }: FilesState<unknown>,
  limits: FilesLimits,
  nowMs: number,
): readonly string[] {
  let count = open.size;
  const due: string[] = [];
  for (const [key, { bytes, beganMs }] of open) {
    const isDue = bytes >= limits.rotateBytes || nowMs - beganMs >= limits.rotateMs;
    if (!isDue && count <= OPEN_FILES_MAX) continue;
    due.push(key);
    count--;
  }
  return due;
}

/** Bytes of the open files. */
export function openBytes({ open }: FilesState<unknown>): number {
  let sum = 0;
  for (const { bytes } of open.values()) sum += bytes;
  return sum;
}

/** True if all files together exceed the limit. */
export function exceedsTotal(
  state: FilesState<unknown>,
  { maxBytes }: FilesLimits,
): boolean {
  return (state.finishedBytes ?? 0) + openBytes(state) > maxBytes;
}

/**
 * The finished files to delete so that the total is within the limit.
 *
 * @param finished finished files, oldest first
 */
export function filesToDelete<File extends { readonly bytes: number }>(
  finished: readonly File[],
  state: FilesState<unknown>,
  { maxBytes }: FilesLimits,
): readonly File[] {
  let total = finished.reduce((sum, { bytes }) => sum + bytes, 0) + openBytes(state);
  let count = 0;
  for (const { bytes } of finished) {
    if (total <= maxBytes) break;
    total -= bytes;
    count++;
  }
  return finished.slice(0, count);
}
