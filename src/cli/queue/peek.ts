/**
 * `queue peek`: the oldest rows, decoded.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { Inspector } from "../../buffer/store/snapshot_reader.ts";
import { createRecordReader } from "../../records/avro/codec.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueAnswer } from "./queue.ts";
import { clean } from "../terminal/table.ts";

/** Decodes the oldest `count` rows; of one that cannot be decoded says why. */
export function peekRows(
  inspector: Inspector,
  count: number,
): { readonly ok: true; readonly value: QueueAnswer } {
  const read = createRecordReader((fingerprint) => inspector.schema(fingerprint));
  const rows: StoredRow[] = [];
  for (const look of inspector.looks()) {
    rows.push(...look.rows.slice(0, count - rows.length));
    if (rows.length >= count) break;
  }
  const shown = rows.map(({ payload, ...row }) => {
    const decoded = read(payload);
    return decoded.ok
      ? { ...row, type: decoded.value.name, record: decoded.value.record }
      : { ...row, payloadBytes: payload.length, fault: decoded.fault };
  });
  return good({
    code: EXIT.ok,
    json: shown,
    lines: shown.length === 0 ? ["the buffer is empty"] : shown.flatMap((row) => [
      clean(
        `row ${row.id}: ${"type" in row ? row.type : "?"} of ${row.key}, ` +
          `${new Date(row.createdAtMs).toISOString()}, to ${row.topic}` +
          `${row.retryCount > 0 ? `, refused ${row.retryCount} times` : ""}`,
      ),
      ...("record" in row ? describeRecord(row.record) : [`  ! ${row.fault}`]),
    ]),
  });
}

/** A line for each field that has a value. */
function describeRecord(record: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(record)
    .filter(([, value]) =>
      value !== null && !(Array.isArray(value) && value.length === 0)
    )
    .map(([name, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return clean(`  ${name} = ${text}`);
    });
}
