/**
 * `queue purge` and `queue salvage`: change the buffer, and refuse while an
 * agent holds it.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { DbFailure } from "../../buffer/store/database.ts";
import { purge, salvage } from "../../buffer/repair.ts";
import { type OpenFile, openFile } from "../../buffer/store/recovery.ts";
import { crc32, DISK } from "../../buffer/store/sqlite.ts";
import { readHead } from "../../records/avro/payload_head.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueAnswer, QueueFault, QueuePlace } from "./queue.ts";

/** What a file that was salvaged is called afterwards, so that it is not salvaged twice. */
const SALVAGED_SUFFIX = ".salvaged";

/** Gives up rows older than `olderThanMs`. */
export function purgeRows(
  place: QueuePlace,
  olderThanMs: number,
  nowMs: number,
): Result<QueueAnswer, QueueFault> {
  return mending(place, nowMs, ({ db }) => {
    const rows = purge(db, nowMs - olderThanMs, { crc32, readHead });
    return good({
      code: EXIT.ok,
      json: { path: place.path, givenUp: rows },
      lines: [
        `${rows.toLocaleString("en-US")} rows given up` +
        `${rows > 0 ? "; the next start announces them as gaps" : ""}`,
      ],
    });
  });
}

/** Takes what can be read of a damaged file into the buffer. */
export function salvageRows(
  place: QueuePlace,
  from: string,
  nowMs: number,
): Result<QueueAnswer, QueueFault> {
  if (DISK.sizeOf(from) === undefined) {
    return bad({ code: EXIT.failure, detail: `there is no file ${from}` });
  }
  if (DISK.resolve(from) === DISK.resolve(place.path)) {
    const detail =
      `${from} is the buffer itself: a damaged one is put aside by the next start`;
    return bad({ code: EXIT.failure, detail });
  }
  return mending(place, nowMs, ({ db }) => {
    let saved: ReturnType<typeof salvage>;
    try {
      const source = DISK.open(from, { readOnly: true });
      try {
        saved = salvage(source, db, crc32);
      } finally {
        source.close();
      }
    } catch (error) {
      if (!(error instanceof DbFailure)) throw error;
      const detail = `${from} cannot be salvaged into ${place.path}: ${error.message}`;
      return bad({ code: EXIT.failure, detail });
    }
    for (const part of ["", "-wal", "-shm"]) {
      if (DISK.sizeOf(`${from}${part}`) !== undefined) {
        DISK.rename(`${from}${part}`, `${from}${SALVAGED_SUFFIX}${part}`);
      }
    }
    const { rows, corrupt, unreadableIds } = saved;
    const lost = corrupt + unreadableIds;
    return good({
      code: EXIT.ok,
      json: { path: place.path, from, ...saved },
      lines: [
        `${rows.toLocaleString("en-US")} rows saved, which the next start sends`,
        ...(lost === 0 ? [] : [
          `not saved: ${corrupt} rows whose checksum does not hold, ${unreadableIds} ids that cannot be read`,
        ]),
        `${from} is now ${from}${SALVAGED_SUFFIX}`,
      ],
    });
  });
}

/** Opens the buffer as an agent does, lock and all. */
function mending(
  { path }: QueuePlace,
  nowMs: number,
  mend: (file: OpenFile) => Result<QueueAnswer, QueueFault>,
): Result<QueueAnswer, QueueFault> {
  if (DISK.sizeOf(path) === undefined) {
    return bad({ code: EXIT.failure, detail: `there is no buffer at ${path}` });
  }
  const opened = openFile(DISK, path, nowMs);
  if (!opened.ok) {
    const { kind, detail } = opened.fault;
    return bad({ code: kind === "in_use" ? EXIT.unavailable : EXIT.failure, detail });
  }
  try {
    return mend(opened.value);
  } finally {
    opened.value.close();
  }
}
