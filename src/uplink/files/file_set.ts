/**
 * The set of open container files: appends blocks, finishes files and deletes old
 * ones. Which files are due is decided in `files_state.ts`.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { concatBytes, writeBlock, writeFileHead } from "./container_file.ts";
import { fileName } from "./file_names.ts";
import {
  applyFilesChange,
  dueFiles,
  exceedsTotal,
  type FilesChange,
  filesToDelete,
  initialFiles,
  limitsOf,
} from "./files_state.ts";
import { deleteFinished, finishedFiles, openFolder } from "./folder.ts";
import type { FilesOptions } from "./options.ts";
import {
  createPartFile,
  createSyncMarker,
  type PartFile,
  removePartFile,
} from "./part_file.ts";

/** Maximum number of names tried for one file. */
const NAME_ATTEMPTS_MAX = 1_000;

/** A block of records of one topic and schema. */
export interface ContainerBlock {
  readonly topic: string;
  readonly fingerprint: string;
  /** Number of records. */
  readonly count: number;
  /** The deflated records. */
  readonly data: Uint8Array;
}

/** Sizes of files before a batch, by key; 0 = the file did not exist. */
export type SavedSizes = Map<string, number>;

/** The open files of a folder. */
export interface FileSet {
  /** Creates the folder and recovers files left open by a crash, once. */
  prepare(): Promise<void>;
  /**
   * Appends a block to the open file of its topic and schema, or to a new file with
   * the schema's text. Records the previous size in `saved`.
   *
   * @returns false if the file is new and `schemaText` returns undefined.
   */
  append(
    block: ContainerBlock,
    schemaText: () => Promise<string | undefined>,
    saved: SavedSizes,
  ): Promise<boolean>;
  /** Restores the sizes before a failed batch, which will be sent again. */
  restore(saved: SavedSizes): Promise<void>;
  /** Finishes due files and deletes the oldest beyond the total limit. */
  maintain(): Promise<void>;
  /** Finishes all files. */
  finishAll(): Promise<void>;
  /** Abandons all files: another process removed files or the folder. */
  reset(): void;
}

interface Handle {
  readonly file: PartFile;
  readonly sync: Uint8Array;
}

/** Creates a set without open files. */
export function createFileSet(options: FilesOptions, clock: Clock): FileSet {
  const { folder } = options;
  const limits = limitsOf(options);
  const notify = options.onEvent ?? (() => {});
  let state = initialFiles<Handle>();

  function change(change: FilesChange<Handle>): void {
    state = applyFilesChange(state, change);
  }

  async function finish(key: string): Promise<void> {
    const opened = state.open.get(key);
    if (opened === undefined) return;
    change({ kind: "closed", key });
    await opened.handle.file.finish();
    change({ kind: "finished", bytes: opened.bytes });
    notify({ kind: "finished", file: opened.name, bytes: opened.bytes });
  }

  async function deleteOldest(): Promise<void> {
    if (!exceedsTotal(state, limits)) return;
    // Another process may have deleted files, so the folder is read again.
    const finished = await finishedFiles(folder);
    let finishedBytes = finished.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of filesToDelete(finished, state, limits)) {
      await deleteFinished(folder, name);
      finishedBytes -= bytes;
      notify({ kind: "deleted", file: name, bytes });
    }
    change({ kind: "scanned", finishedBytes });
  }

  async function open(key: string, block: ContainerBlock, schema: string) {
    const created = await createContainer(folder, block, schema, clock.wallMs());
    const { name, handle } = created;
    const { size: bytes } = handle.file;
    const file = { handle, name, bytes, beganMs: clock.monotonicMs() };
    change({ kind: "opened", key, file });
  }

  async function restoreSize(key: string, size: number): Promise<void> {
    const opened = state.open.get(key);
    if (opened === undefined) return;
    const { file } = opened.handle;
    try {
      if (size === 0) {
        change({ kind: "closed", key });
        file.abandon();
        await removePartFile(folder, opened.name);
      } else {
        await file.cutBack(size);
        change({ kind: "resized", key, bytes: file.size });
      }
    } catch {
      // The state of the file is unknown: the next start recovers it.
      if (state.open.has(key)) file.abandon();
      change({ kind: "closed", key });
    }
  }

  return {
    async prepare() {
      if (state.finishedBytes !== null) return;
      change({ kind: "scanned", finishedBytes: await openFolder(folder, notify) });
    },
    async append(block, schemaText, saved) {
      const key = `${block.fingerprint} ${block.topic}`;
      const opened = state.open.get(key);
      saved.set(key, opened?.bytes ?? 0);
      if (opened === undefined) {
        const schema = await schemaText();
        if (schema === undefined) return false;
        await open(key, block, schema);
        return true;
      }
      const { file, sync } = opened.handle;
      await file.append(writeBlock(block.count, block.data, sync));
      change({ kind: "resized", key, bytes: file.size });
      return true;
    },
    async restore(saved) {
      for (const [key, size] of saved) await restoreSize(key, size);
    },
    async maintain() {
      for (const key of dueFiles(state, limits, clock.monotonicMs())) await finish(key);
      await deleteOldest();
    },
    async finishAll() {
      for (const key of state.open.keys()) await finish(key).catch(() => {});
    },
    reset() {
      for (const { handle } of state.open.values()) handle.file.abandon();
      change({ kind: "lost" });
    },
  };
}

/** Creates a file and writes its head and its first block at once. */
async function createContainer(
  folder: string,
  block: ContainerBlock,
  schema: string,
  wallMs: number,
): Promise<{ readonly name: string; readonly handle: Handle }> {
  const sync = createSyncMarker();
  const head = writeFileHead(schema, sync);
  const bytes = concatBytes([head, writeBlock(block.count, block.data, sync)]);
  const { name, file } = await createNamedFile(folder, block, wallMs);
  try {
    await file.append(bytes);
  } catch (error) {
    file.abandon();
    await removePartFile(folder, name).catch(() => {});
    throw error;
  }
  return { name, handle: { file, sync } };
}

async function createNamedFile(
  folder: string,
  { topic, fingerprint }: ContainerBlock,
  wallMs: number,
): Promise<{ readonly name: string; readonly file: PartFile }> {
  for (let attempt = 0; attempt < NAME_ATTEMPTS_MAX; attempt++) {
    const name = fileName(topic, wallMs, fingerprint, attempt);
    const file = await createPartFile(folder, name);
    if (file !== undefined) return { name, file };
  }
  throw new Error(`No unused file name for topic ${topic} in ${folder}`);
}
