/**
 * Checks a row of the table `telemetry_queue`, and states what is still known of a
 * damaged one. Pure.
 *
 * A row carries its position in its stream twice: in its payload and in its columns.
 * Damage to one of them leaves the other.
 *
 * @module
 */

import { readRecordHead } from "../records/avro/payload_head.ts";
import type { StoredRow } from "./buffer.ts";
import { type Crc32, rowCrc, type RowHead } from "./row_checksum.ts";
import type { SqlRow } from "./store/database.ts";

/** The position of a row in its stream, as its columns state it. */
export type StoredPosition = Pick<RowHead, "streamCrc" | "epoch" | "seq">;

/** A row as it was read. */
export type CheckedRow =
  | {
    readonly kind: "whole";
    readonly row: StoredRow;
    /** null = written by version 1: only the payload states it. */
    readonly position: StoredPosition | null;
  }
  | {
    readonly kind: "damaged";
    /** null = the columns are damaged, or written by version 1. */
    readonly position: StoredPosition | null;
    /** Not checked. */
    readonly key: string | null;
    readonly payload: Uint8Array | null;
    /** True if the payload's own checksum matches. */
    readonly isPayloadWhole: boolean;
  };

/**
 * Checks a row.
 *
 * @param columns as in `ROW_COLUMNS` of `store/row_table.ts`
 */
export function checkRow(columns: SqlRow, crc32: Crc32): CheckedRow {
  const [id, topic, key, payload, crc, createdAtMs, retryCount] = columns;
  const payloadCrc = payload instanceof Uint8Array ? crc32(payload) : null;
  const head = headOf(columns);
  if (
    typeof id === "number" && typeof topic === "string" && typeof key === "string" &&
    payload instanceof Uint8Array && payloadCrc !== null &&
    typeof createdAtMs === "number"
  ) {
    const isWhole = isFirstVersion(columns)
      ? crc === payloadCrc && isOfKey(payload, key)
      : head !== null && columns[10] === rowCrc(crc32, payloadCrc, head);
    if (isWhole) {
      const retries = typeof retryCount === "number" ? retryCount : 0;
      const row = { id, topic, key, payload, createdAtMs, retryCount: retries };
      return { kind: "whole", row, position: head };
    }
  }
  const isHeadWhole = head !== null && typeof crc === "number" &&
    columns[10] === rowCrc(crc32, crc, head);
  return {
    kind: "damaged",
    position: isHeadWhole ? head : null,
    key: typeof key === "string" ? key : null,
    payload: payload instanceof Uint8Array ? payload : null,
    isPayloadWhole: payloadCrc !== null && crc === payloadCrc,
  };
}

/** null if a column has the wrong type. */
function headOf(columns: SqlRow): RowHead | null {
  const [, topic, key, , , createdAtMs, , streamCrc, epoch, seq] = columns;
  if (
    typeof topic !== "string" || typeof key !== "string" ||
    typeof createdAtMs !== "number" || typeof streamCrc !== "number" ||
    typeof epoch !== "number" || typeof seq !== "number"
  ) return null;
  return { topic, key, createdAtMs, streamCrc, epoch, seq };
}

/** True for a row without the columns of version 2: one damaged column is not enough. */
function isFirstVersion(columns: SqlRow): boolean {
  return columns[10] === null && columns[7] === null && columns[8] === null &&
    columns[9] === null;
}

/** The checksum of version 1 does not cover the key; the payload contains it too. */
function isOfKey(payload: Uint8Array, key: string): boolean {
  return readRecordHead(payload)?.deviceId === key;
}
