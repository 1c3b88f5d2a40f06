/**
 * Checks the integrity of the buffer file and counts its rows.
 *
 * @module
 */

import { singleNumber } from "../../buffer/store/database.ts";
import { openDb } from "../../buffer/store/sqlite.ts";
import { usedBytes } from "../../buffer/transaction.ts";
import { type Finding, finding } from "../finding.ts";
import { formatBytes } from "../../base/format.ts";

/**
 * Maximum size of a buffer whose integrity is checked, in bytes: a check of a larger
 * one would take minutes on an SD card. The agent verifies each row as it reads it.
 */
const CHECK_BYTES_MAX = 256 * 2 ** 20;

const CHECK = "buffer";

/** Examines the buffer file as a second, read-only connection: no write, no checkpoint. */
export async function examineBuffer(path: string): Promise<Finding> {
  const size = await Deno.stat(path).then(({ size }) => size, () => undefined);
  if (size === undefined) {
    return finding(
      CHECK,
      "ok",
      `${path} does not exist yet`,
      "the agent creates it at its first start",
    );
  }
  try {
    return checkFile(path, size);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return finding(
      CHECK,
      "failure",
      `${path} cannot be read: ${why}`,
      "run doctor as the agent's user; if the file is damaged, the agent quarantines it at its next start",
    );
  }
}

function checkFile(path: string, size: number): Finding {
  const db = openDb(path, { readOnly: true });
  try {
    const count = (table: string): number =>
      singleNumber(db.statement(`SELECT COUNT(*) FROM ${table}`).rows(), 0);
    const rows = count("telemetry_queue");
    const dead = count("dead_letters");
    const isChecked = size <= CHECK_BYTES_MAX;
    const messages = isChecked
      ? db.statement("PRAGMA quick_check(3)").rows().map(([message]) => String(message))
      : ["ok"];
    if (messages.join() !== "ok") {
      return finding(
        CHECK,
        "failure",
        `${path} is damaged: ${messages.join("; ")}`,
        "the agent quarantines it at its next start and creates a new one",
      );
    }
    const found = `${
      formatBytes(usedBytes(db))
    }, ${rows} rows queued, ${dead} dead letters`;
    if (dead > 0) {
      return finding(
        CHECK,
        "warning",
        found,
        "the broker rejected these rows: check the topic's settings and the agent's log",
      );
    }
    return finding(
      CHECK,
      "ok",
      isChecked ? found : `${found}; too large for an integrity check`,
      "nothing to do",
    );
  } finally {
    db.close();
  }
}
