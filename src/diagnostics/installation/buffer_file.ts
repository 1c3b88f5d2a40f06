/**
 * Whether the buffer's file is whole, and what waits in it.
 *
 * @module
 */

import { single } from "../../buffer/store/database.ts";
import { openDb } from "../../buffer/store/sqlite.ts";
import { usedBytes } from "../../buffer/transaction.ts";
import { type Finding, finding } from "../finding.ts";
import { formatBytes } from "../../cli/terminal/table.ts";

/** A larger buffer is checked row by row as it is read; a whole check would take minutes on an SD card. */
const CHECK_BYTES_MAX = 256 * 2 ** 20;

/** Reads the buffer's file as a second reader may: nothing is written, no checkpoint made. */
export async function examineBuffer(path: string): Promise<Finding> {
  const check = "buffer";
  const size = await Deno.stat(path).then(({ size }) => size, () => undefined);
  if (size === undefined) {
    return finding(
      check,
      "good",
      `${path} is not there yet`,
      "the agent makes it at its first start",
    );
  }
  try {
    const db = openDb(path, { readOnly: true });
    try {
      const rows = single(
        db.statement("SELECT COUNT(*) FROM telemetry_queue").rows(),
        0,
      );
      const dead = single(db.statement("SELECT COUNT(*) FROM dead_letters").rows(), 0);
      const whole = size > CHECK_BYTES_MAX
        ? ["ok"]
        : db.statement("PRAGMA quick_check(3)").rows().map(([said]) => String(said));
      const found = `${
        formatBytes(usedBytes(db))
      }, ${rows} rows wait, ${dead} were given up for good`;
      if (whole.join() !== "ok") {
        return finding(
          check,
          "bad",
          `${path} is damaged: ${whole.join("; ")}`,
          "the agent puts it aside at its next start and begins a new one",
        );
      }
      if (dead > 0) {
        return finding(
          check,
          "note",
          found,
          "the broker refused these rows: see the topic's rules and the agent's log",
        );
      }
      return finding(
        check,
        "good",
        size > CHECK_BYTES_MAX ? `${found}; too large to be checked whole` : found,
        "nothing to do",
      );
    } finally {
      db.close();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return finding(
      check,
      "bad",
      `${path} cannot be read: ${why}`,
      "call doctor as the agent's user; if the file is damaged, the agent puts it aside at its next start",
    );
  }
}
