/**
 * `queue purge` and `queue salvage`: change the buffer; they fail while an agent has it
 * open.
 *
 * @module
 */

import { bad, good } from "../../base/result.ts";
import { type Db, DbFailure } from "../../buffer/store/database.ts";
import { purge, repair, type RepairResult } from "../../buffer/repair.ts";
import { type OpenFile, openFile } from "../../buffer/store/recovery.ts";
import { classifyFile } from "../../buffer/store/schema.ts";
import { crc32, DISK } from "../../buffer/store/sqlite.ts";
import { readRecordHead } from "../../records/avro/payload_head.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueResult, QueueTarget } from "./result.ts";

/** Suffix of a file after its repair, so that its rows are not copied twice. */
const REPAIRED_SUFFIX = ".salvaged";

/** Deletes rows older than `olderThanMs`. */
export function purgeRows(
  target: QueueTarget,
  olderThanMs: number,
  nowMs: number,
): QueueResult {
  return withLockedBuffer(target, nowMs, ({ db }) => {
    const rows = purge(db, nowMs - olderThanMs, { crc32, readHead: readRecordHead });
    return good({
      code: EXIT.ok,
      json: { path: target.path, givenUp: rows },
      lines: [
        `${rows.toLocaleString("en-US")} rows deleted` +
        `${rows > 0 ? "; the agent announces them as gaps at its next start" : ""}`,
      ],
    });
  });
}

/** Copies the readable rows of a damaged file into the buffer. */
export function repairRows(
  target: QueueTarget,
  from: string,
  nowMs: number,
): QueueResult {
  if (DISK.sizeOf(from) === undefined) {
    return bad({ code: EXIT.failure, detail: `File not found: ${from}` });
  }
  if (DISK.resolve(from) === DISK.resolve(target.path)) {
    const detail =
      `${from} is the buffer itself. The agent quarantines a damaged buffer at its next start`;
    return bad({ code: EXIT.failure, detail });
  }
  const held = lockSource(from);
  if ("heldBy" in held) {
    const holder = held.heldBy === 0 ? "another process" : `process ${held.heldBy}`;
    const detail = `${from} is in use by ${holder}: it is the buffer of a running ` +
      "agent. Name a quarantined file, or stop that agent first";
    return bad({ code: EXIT.unavailable, detail });
  }
  try {
    return withLockedBuffer(target, nowMs, ({ db }) => copyContents(db, target, from));
  } finally {
    held.release();
  }
}

/** Locks the file to read, if an agent may have it open: only then it has a lock file. */
function lockSource(from: string): ReturnType<typeof DISK.lock> {
  const path = `${DISK.resolve(from)}.lock`;
  return DISK.sizeOf(path) === undefined ? { release() {} } : DISK.lock(path);
}

function copyContents(db: Db, { path }: QueueTarget, from: string): QueueResult {
  let repaired: RepairResult;
  try {
    const source = DISK.open(from, { readOnly: true });
    try {
      if (classifyFile(source).kind !== "ours") {
        const detail = `${from} is not a buffer of this version of the program`;
        return bad({ code: EXIT.failure, detail });
      }
      repaired = repair(source, db, { crc32, readHead: readRecordHead });
    } finally {
      source.close();
    }
  } catch (error) {
    if (!(error instanceof DbFailure)) throw error;
    const detail = `Cannot copy rows from ${from} to ${path}: ${error.message}`;
    return bad({ code: EXIT.failure, detail });
  }
  for (const part of ["", "-wal", "-shm"]) {
    if (DISK.sizeOf(`${from}${part}`) !== undefined) {
      DISK.rename(`${from}${part}`, `${from}${REPAIRED_SUFFIX}${part}`);
    }
  }
  const { rows, corrupt, unreadableIds, gaps } = repaired;
  const lost = corrupt + unreadableIds;
  return good({
    code: EXIT.ok,
    json: { path, from, ...repaired },
    lines: [
      `${
        rows.toLocaleString("en-US")
      } rows recovered; the agent sends them at its next start`,
      ...(lost === 0 ? [] : [
        `not recovered: ${corrupt} damaged rows, ${unreadableIds} unreadable ids`,
      ]),
      ...(gaps === 0
        ? []
        : [`${gaps} gaps to announce; the agent announces them at its next start`]),
      `${from} was renamed to ${from}${REPAIRED_SUFFIX}`,
    ],
  });
}

/** Opens the buffer with its lock, as an agent does. */
function withLockedBuffer(
  { path }: QueueTarget,
  nowMs: number,
  change: (file: OpenFile) => QueueResult,
): QueueResult {
  if (DISK.sizeOf(path) === undefined) {
    return bad({ code: EXIT.failure, detail: `No buffer at ${path}` });
  }
  const opened = openFile(DISK, path, nowMs);
  if (!opened.ok) {
    const { kind, detail } = opened.fault;
    return bad({ code: kind === "in_use" ? EXIT.unavailable : EXIT.failure, detail });
  }
  try {
    return change(opened.value);
  } finally {
    opened.value.close();
  }
}
