/**
 * `queue verify`: whether every row is whole.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { Inspector } from "../../buffer/store/snapshot_reader.ts";
import { DISK } from "../../buffer/store/sqlite.ts";
import { createRecordReader } from "../../records/avro/codec.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import type { QueueAnswer } from "./queue.ts";
import { clean } from "../terminal/table.ts";

/** So many faults are told one by one; the rest is counted. */
const FAULTS_TOLD_MAX = 20;

interface Fault {
  /** Null = of the file as a whole. */
  readonly id: number | null;
  readonly why: string;
}

/** Checks every row; while no agent holds the buffer, SQLite's own structure too. */
export function verifyRows(
  inspector: Inspector,
  path: string,
  io: CliIo,
): { readonly ok: true; readonly value: QueueAnswer } {
  const read = createRecordReader((fingerprint) => inspector.schema(fingerprint));
  const places = new Map<string, { readonly epoch: number; readonly seq: number }>();
  const faults: Fault[] = [];
  let rows = 0;
  /** As salvaged rows do: no fault, but worth telling. */
  let outOfOrder = 0;

  function check({ key, payload }: StoredRow): string | undefined {
    const decoded = read(payload);
    if (!decoded.ok) return decoded.fault;
    const { name, record } = decoded.value;
    const { gateway, device_id: deviceId, epoch, seq } = record;
    if (deviceId !== key) return `its key is ${key}, its device ${deviceId}`;
    if (typeof epoch !== "number" || typeof seq !== "number") {
      return "it has no epoch and seq";
    }
    const stream = `${gateway}/${deviceId}/${name.split(".").at(-1)}`;
    const before = places.get(stream);
    places.set(stream, { epoch, seq });
    const follows = before === undefined || epoch > before.epoch ||
      (epoch === before.epoch && seq > before.seq);
    if (!follows) outOfOrder++;
    return undefined;
  }

  for (const look of inspector.looks()) {
    if (io.signal.aborted) break;
    for (const id of look.corrupt) {
      faults.push({ id, why: "its checksum does not hold" });
    }
    for (const row of look.rows) {
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
  const told = faults.slice(0, FAULTS_TOLD_MAX);
  const rest = faults.length - told.length;
  return good({
    code: whole ? EXIT.ok : EXIT.failure,
    json: { path, rows, whole, faults: told, faultsMore: rest, outOfOrder, structure },
    lines: [
      `${path}: ${rows.toLocaleString("en-US")} rows, ${
        faults.length === 0 ? "all whole" : `${faults.length} faults`
      }`,
      ...told.map(({ id, why }) => clean(id === null ? why : `row ${id}: ${why}`)),
      ...(rest > 0 ? [`and ${rest} more`] : []),
      ...(outOfOrder > 0
        ? [
          `${outOfOrder} rows stand behind a later one of their stream, as after a salvage`,
        ]
        : []),
      `the file's structure: ${structure ?? "whole"}`,
    ],
  });
}

/**
 * What SQLite says of its own trees; reading them whole takes one long
 * transaction, so this waits for a time when no agent needs its log.
 *
 * @returns null = they are whole.
 */
function checkStructure(path: string): string | null {
  // The lock's file is never made here: it must belong to whoever runs the agent.
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
