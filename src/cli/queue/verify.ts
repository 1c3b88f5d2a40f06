/**
 * `queue verify`: checks every row and the structure of the file.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { SnapshotReader } from "../../buffer/store/snapshot_reader.ts";
import { DISK } from "../../buffer/store/sqlite.ts";
import { createPayloadReader } from "../../records/avro/payload_reader.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { QueueOutput } from "./result.ts";
import { clean } from "../terminal/text.ts";

/** Maximum number of faults listed; the others are counted. */
const FAULTS_LISTED_MAX = 20;

interface Fault {
  /** Id of the row; null = the file. */
  readonly id: number | null;
  readonly why: string;
}

/** Checks every row and, if no agent has the buffer open, the structure of the file. */
export function verifyRows(
  reader: SnapshotReader,
  path: string,
  io: CliIo,
): { readonly ok: true; readonly value: QueueOutput } {
  const read = createPayloadReader((fingerprint) => reader.schema(fingerprint));
  const lastSeqs = new Map<string, { readonly epoch: number; readonly seq: number }>();
  const faults: Fault[] = [];
  let rows = 0;
  /** Rows after a later one of their stream; not a fault: a repair causes them. */
  let outOfOrder = 0;

  function check({ key, payload }: StoredRow): string | undefined {
    const decoded = read(payload);
    if (!decoded.ok) return decoded.fault;
    const { name, record } = decoded.value;
    const { gateway, device_id: deviceId, epoch, seq } = record;
    if (deviceId !== key) return `key ${key} differs from device_id ${deviceId}`;
    if (typeof epoch !== "number" || typeof seq !== "number") {
      return "epoch or seq is missing";
    }
    const stream = `${gateway}/${deviceId}/${name.split(".").at(-1)}`;
    const before = lastSeqs.get(stream);
    lastSeqs.set(stream, { epoch, seq });
    const follows = before === undefined || epoch > before.epoch ||
      (epoch === before.epoch && seq > before.seq);
    if (!follows) outOfOrder++;
    return undefined;
  }

  for (const why of reader.faults) faults.push({ id: null, why });
  for (const page of reader.pages()) {
    if (io.signal.aborted) break;
    for (const id of page.corrupt) {
      faults.push({ id, why: "checksum mismatch" });
    }
    for (const row of page.rows) {
      rows++;
      const why = check(row);
      if (why !== undefined) faults.push({ id: row.id, why });
    }
  }
  const structure = io.signal.aborted
    ? "not checked: interrupted"
    : checkStructure(path);
  if (structure !== null && structure.startsWith("damaged")) {
    faults.push({ id: null, why: structure });
  }
  const whole = faults.length === 0 && !io.signal.aborted;
  const listed = faults.slice(0, FAULTS_LISTED_MAX);
  const rest = faults.length - listed.length;
  return good({
    code: whole ? EXIT.ok : EXIT.failure,
    json: {
      path,
      rows,
      whole,
      faults: listed,
      faultsMore: rest,
      outOfOrder,
      structure,
    },
    lines: [
      `${path}: ${rows.toLocaleString("en-US")} rows, ${
        faults.length === 0 ? "all valid" : `${faults.length} faults`
      }`,
      ...listed.map(({ id, why }) => clean(id === null ? why : `row ${id}: ${why}`)),
      ...(rest > 0 ? [`and ${rest} more`] : []),
      ...(outOfOrder > 0
        ? [
          `${outOfOrder} rows follow a later row of their stream (expected after queue salvage)`,
        ]
        : []),
      `file structure: ${structure ?? "valid"}`,
    ],
  });
}

/**
 * Checks the structure of the file with SQLite. That takes one long transaction, so it
 * is skipped while an agent uses the file.
 *
 * @returns null = valid; otherwise the damage, or why it was not checked.
 */
function checkStructure(path: string): string | null {
  // Never create the lock file here: it must belong to the user of the agent.
  if (DISK.sizeOf(`${path}.lock`) === undefined) return "not checked: no lock file";
  const lock = DISK.lock(`${path}.lock`);
  if ("heldBy" in lock) return `not checked: process ${lock.heldBy} uses the file`;
  try {
    const db = DISK.open(path, { readOnly: true });
    try {
      const [answer] = db.statement("PRAGMA quick_check(1)").rows();
      if (answer?.[0] === "ok") return null;
      return `damaged: ${answer?.[0]}`;
    } finally {
      db.close();
    }
  } finally {
    lock.release();
  }
}
