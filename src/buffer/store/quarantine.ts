/**
 * A damaged file: how it is recognised, moved out of the way, and what is taken from it
 * into the new file.
 *
 * @module
 */

import { addGaps } from "../gaps.ts";
import { type Db, DbFailure, singleNumber } from "./database.ts";
import type { Disk } from "./disk.ts";
import { loadGaps, NO_GAPS, saveGaps } from "./gap_table.ts";

/**
 * A larger file is fully checked only after it was found damaged in use: reading
 * 1 GiB from an SD card takes half a minute, during which nothing is polled. The
 * CRC of each row is checked when the row is read, regardless of the size of the file.
 */
const CHECK_BYTES_MAX = 64 * 2 ** 20;

/** Suffix of the note that a file was damaged in use and has to be checked fully. */
const SUSPECT_SUFFIX = ".suspect";

/** Suffix of the note that a file failed in use and that the check found nothing. */
const CHECKED_SUFFIX = ".suspect-checked";

/** Marks the file as damaged in use, so that the next start checks it fully. */
export function markSuspect(disk: Disk, path: string): void {
  disk.createEmpty(`${path}${SUSPECT_SUFFIX}`);
}

/** The file was used to an orderly end: it is not suspect any more. */
export function markSound(disk: Disk, path: string): void {
  const note = `${path}${CHECKED_SUFFIX}`;
  if (disk.sizeOf(note) !== undefined) disk.remove(note);
}

/**
 * Checks the file. One that was damaged in use is checked fully; if nothing is found and
 * it fails in use once more, it counts as damaged.
 *
 * @throws {DbFailure} of kind `corrupt` if the file is damaged.
 */
export function checkFile(disk: Disk, db: Db, path: string): void {
  const size = disk.sizeOf(path) ?? 0;
  const isSuspect = disk.sizeOf(`${path}${SUSPECT_SUFFIX}`) !== undefined;
  if (size > CHECK_BYTES_MAX && !isSuspect) return;
  requireOk(db, "PRAGMA quick_check(1)");
  if (!isSuspect) return;
  if (disk.sizeOf(`${path}${CHECKED_SUFFIX}`) !== undefined) {
    throw new DbFailure("corrupt", "the file failed in use again after a full check");
  }
  db.exec("REINDEX"); // an index alone can be rebuilt
  requireOk(db, "PRAGMA integrity_check(1)");
  disk.rename(`${path}${SUSPECT_SUFFIX}`, `${path}${CHECKED_SUFFIX}`);
}

function requireOk(db: Db, pragma: string): void {
  const answer = db.statement(pragma).rows()[0]?.[0];
  if (answer !== "ok") throw new DbFailure("corrupt", `malformed: ${answer}`);
}

/**
 * Copies the gaps of a quarantined file into the new one, as far as they can be read:
 * they concern rows that are lost already, not those in the quarantined file. All of
 * them are pending, because the rows that announce them stay in that file.
 */
export function carryGaps(disk: Disk, from: string, to: Db): void {
  let source: Db | undefined;
  try {
    if (loadGaps(to, disk.crc32).state.gaps.length > 0) return; // carried before
    source = disk.open(from, { readOnly: true });
    const { gaps } = loadGaps(source, disk.crc32).state;
    const pending = gaps.map((gap) => ({ ...gap, announcedBy: null }));
    to.transaction(() => saveGaps(to, NO_GAPS, addGaps(NO_GAPS, pending), disk.crc32));
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    // The table cannot be read, or the disk is full: `queue salvage` copies the gaps.
  } finally {
    source?.close();
  }
}

/** Epoch of the damaged file; prevents the reuse of numbers if the clock was set back. */
export function readDamagedEpoch(disk: Disk, path: string): number {
  let db: Db | undefined;
  try {
    db = disk.open(path, { readOnly: true });
    const epoch = singleNumber(
      db.statement("SELECT value FROM meta WHERE name = 'epoch'").rows(),
      0,
    );
    return Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  } catch {
    return 0; // The file is damaged: the epoch is unknown.
  } finally {
    db?.close();
  }
}

/** Moves a damaged file to a free path, which is returned. */
export function quarantineDamaged(disk: Disk, path: string, wallMs: number): string {
  const target = damagedPath(disk, path, wallMs);
  quarantineFile(disk, path, target);
  return target;
}

/** A free path for the damaged file. */
export function damagedPath(disk: Disk, path: string, wallMs: number): string {
  const date = new Date(wallMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  let target = `${path}.damaged-${date}`;
  for (let n = 2; disk.sizeOf(target) !== undefined; n++) {
    target = `${path}.damaged-${date}-${n}`;
  }
  return target;
}

/**
 * Moves a database with its log to `target`. The database is moved last, so an
 * interrupted call can be repeated; once `target` exists, this does nothing.
 */
export function quarantineFile(
  disk: Pick<Disk, "sizeOf" | "rename" | "remove">,
  path: string,
  target: string,
): void {
  if (disk.sizeOf(target) !== undefined) return;
  for (const part of ["-wal", "-shm", ""]) {
    if (disk.sizeOf(`${path}${part}`) !== undefined) {
      disk.rename(`${path}${part}`, `${target}${part}`);
    }
  }
  for (const suffix of [SUSPECT_SUFFIX, CHECKED_SUFFIX]) {
    if (disk.sizeOf(`${path}${suffix}`) !== undefined) disk.remove(`${path}${suffix}`);
  }
}
