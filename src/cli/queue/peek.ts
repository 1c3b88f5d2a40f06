/**
 * `queue peek`: shows the oldest rows, decoded.
 *
 * @module
 */

import { good } from "../../base/result.ts";
import type { StoredRow } from "../../buffer/buffer.ts";
import type { SnapshotReader } from "../../buffer/store/snapshot_reader.ts";
import { createPayloadReader } from "../../records/avro/payload_reader.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { QueueOutput } from "./result.ts";
import { clean } from "../terminal/text.ts";

/** Decodes the oldest `count` rows; a row that cannot be decoded is shown with the reason. */
export function peekRows(
  reader: SnapshotReader,
  count: number,
): { readonly ok: true; readonly value: QueueOutput } {
  const read = createPayloadReader((fingerprint) => reader.schema(fingerprint));
  const rows: StoredRow[] = [];
  for (const page of reader.pages()) {
    rows.push(...page.rows.slice(0, count - rows.length));
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
    lines: shown.length === 0 ? ["The buffer is empty"] : shown.flatMap((row) => [
      clean(
        `row ${row.id}: ${"type" in row ? row.type : "?"} of ${row.key}, ` +
          `${new Date(row.createdAtMs).toISOString()}, to ${row.topic}` +
          `${row.retryCount > 0 ? `, rejected ${row.retryCount} times` : ""}`,
      ),
      ...("record" in row ? describeRecord(row.record) : [`  ! ${row.fault}`]),
    ]),
  });
}

/** One line per field with a value. */
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
