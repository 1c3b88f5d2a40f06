/**
 * Recovers a `.part` file left by a crash: removes an incomplete block at its end and
 * renames the rest to the final name. All rows in complete blocks were acknowledged;
 * the removed rows were not and are sent again.
 *
 * @module
 */

import { DAMAGED_SUFFIX, PART_SUFFIX } from "./file_names.ts";
import {
  BLOCK_HEAD_MAX,
  readBlockHead,
  readFileHead,
  SYNC_SIZE,
} from "./container_file.ts";
import { giveFinalName, quarantinePartFile } from "./part_file.ts";

/** Maximum size of a file's head, in bytes, which contains the schema. */
const HEAD_MAX = 4 * 1024 * 1024;
/** Maximum size of a block's data, in bytes; batches are far smaller. */
const DATA_MAX = 256 * 1024 * 1024;
const SEARCH_STEP = 1024 * 1024;

/** The result of a recovery. */
export type Recovery =
  | { readonly kind: "recovered"; readonly cutBytes: number }
  /** The file contained no acknowledged row and was removed. */
  | { readonly kind: "removed"; readonly cutBytes: number }
  /** The unreadable part may contain acknowledged rows and is kept as `.damaged`. */
  | { readonly kind: "damaged"; readonly detail: string };

/** Recovers `folder/name.part`. */
export async function recoverPartFile(
  folder: string,
  name: string,
): Promise<Recovery> {
  const path = `${folder}/${name}${PART_SUFFIX}`;
  const file = await Deno.open(path, { read: true, write: true });
  let keptSize: number;
  let cutBytes: number;
  let detail: string | null = null;
  try {
    const { size } = await file.stat();
    const head = readFileHead(await readAt(file, 0, Math.min(size, HEAD_MAX)));
    if (head.kind === "invalid" && size > 0) {
      await quarantinePartFile(folder, name);
      return { kind: "damaged", detail: "not an Avro object container file" };
    }
    if (head.kind !== "complete") {
      await Deno.remove(path);
      return { kind: "removed", cutBytes: size };
    }
    keptSize = await lastCompleteBlock(file, head.size, size, head.sync);
    cutBytes = size - keptSize;
    if (await contains(file, keptSize, size, head.sync)) {
      // A complete block follows the unreadable part: this is damage.
      detail = `${cutBytes} bytes from offset ${keptSize} on cannot be read`;
      await copyTail(file, keptSize, size, `${folder}/${name}${DAMAGED_SUFFIX}`);
    }
    if (keptSize === head.size && detail === null) {
      await Deno.remove(path);
      return { kind: "removed", cutBytes: size };
    }
    if (cutBytes > 0) await file.truncate(keptSize);
    await file.sync();
  } finally {
    file.close();
  }
  await giveFinalName(folder, name);
  return detail === null
    ? { kind: "recovered", cutBytes }
    : { kind: "damaged", detail };
}

/** End of the last complete block, whose data must inflate too. */
async function lastCompleteBlock(
  file: Deno.FsFile,
  from: number,
  size: number,
  sync: Uint8Array,
): Promise<number> {
  let at = from;
  let last:
    | { readonly begins: number; readonly data: number; readonly ends: number }
    | null = null;
  for (;;) {
    const head = readBlockHead(await readAt(file, at, BLOCK_HEAD_MAX));
    if (head.kind !== "complete" || head.dataSize > DATA_MAX) break;
    const data = at + head.size;
    const ends = data + head.dataSize + SYNC_SIZE;
    if (ends > size) break;
    const marker = await readAt(file, ends - SYNC_SIZE, SYNC_SIZE);
    if (!isSame(marker, sync)) break;
    last = { begins: at, data, ends };
    at = ends;
  }
  // Only the last block can be incomplete. After a power loss its sync marker can be
  // on disk while its middle is missing.
  if (last === null) return at;
  const bytes = await readAt(file, last.data, last.ends - SYNC_SIZE - last.data);
  return await inflates(bytes) ? at : last.begins;
}

/** True if `data` is exactly one deflate stream; unlike node:zlib, this rejects trailing bytes. */
async function inflates(data: Uint8Array): Promise<boolean> {
  try {
    const inflated = new Blob([new Uint8Array(data)]).stream()
      .pipeThrough(new DecompressionStream("deflate-raw"));
    await new Response(inflated).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function contains(
  file: Deno.FsFile,
  from: number,
  size: number,
  sync: Uint8Array,
): Promise<boolean> {
  // The last marker may belong to a block whose data does not inflate: not damage.
  for (let at = from; at < size - SYNC_SIZE; at += SEARCH_STEP) {
    const length = Math.min(SEARCH_STEP + SYNC_SIZE, size - at) -
      (at + SEARCH_STEP >= size - SYNC_SIZE ? 1 : 0);
    const bytes = await readAt(file, at, length);
    for (let start = 0; start + SYNC_SIZE <= bytes.length; start++) {
      if (isSame(bytes.subarray(start, start + SYNC_SIZE), sync)) return true;
    }
  }
  return false;
}

async function copyTail(
  file: Deno.FsFile,
  from: number,
  size: number,
  path: string,
): Promise<void> {
  const copy = await Deno.open(path, { write: true, create: true, truncate: true });
  try {
    for (let at = from; at < size; at += SEARCH_STEP) {
      const bytes = await readAt(file, at, Math.min(SEARCH_STEP, size - at));
      for (let done = 0; done < bytes.length;) {
        done += await copy.write(bytes.subarray(done));
      }
    }
    await copy.sync();
  } finally {
    copy.close();
  }
}

/** Reads up to `length` bytes from `at`; fewer only at the end of the file. */
async function readAt(
  file: Deno.FsFile,
  at: number,
  length: number,
): Promise<Uint8Array> {
  await file.seek(at, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const got = await file.read(bytes.subarray(done));
    if (got === null) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
