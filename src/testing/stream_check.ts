/**
 * Checks received records with an independent Avro implementation.
 *
 * @module
 */

import { runPython } from "./python.ts";
import { consume, type ConsumedRecord, type ConsumeOptions } from "./kafka/consumer.ts";
import { PROJECT_ROOT, PYTHON } from "./project_root.ts";

/** Report of src/testing/stream_check.py. */
export interface StreamCheck {
  /** Number of records that arrived. */
  readonly records: number;
  /** Number of them that are duplicates. */
  readonly duplicates: number;
  /** Violations of the streams' guarantees, as text. */
  readonly faults: readonly string[];
  readonly streams: readonly CheckedStream[];
  readonly decoded: readonly DecodedRecord[];
}

/** A stream with its epochs in order. */
export interface CheckedStream {
  readonly gateway: string;
  readonly "device_id": string;
  readonly type: string;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly n: number;
    readonly prev_epoch: number | null;
    readonly prev_seq: number | null;
  }[];
}

/** A record decoded by fastavro; times in ms. */
export interface DecodedRecord {
  readonly type: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Reads topics to their end and checks the records. */
export async function checkKafka(
  bootstrap: string,
  options: ConsumeOptions,
): Promise<StreamCheck> {
  return await checkRecords(await consume(bootstrap, options));
}

/** Checks consumed records. */
export async function checkRecords(
  records: readonly ConsumedRecord[],
): Promise<StreamCheck> {
  return await runCheck({
    records: records.map((record) => ({ ...record, value: base64(record.value) })),
  });
}

/** Checks a folder of Avro container files. */
export async function checkFiles(folder: string): Promise<StreamCheck> {
  return await runCheck({ folder });
}

async function runCheck(request: Record<string, unknown>): Promise<StreamCheck> {
  const input = { ...request, decoded: true };
  return await runPython("src/testing/stream_check.py", input) as StreamCheck;
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Number of rows in the queue file of a stopped agent, read by Python's sqlite3 without changing it. */
export async function rowsInQueue(path: string): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(
    PYTHON,
    { args: [`${PROJECT_ROOT}src/testing/disk/count_queue_rows.py`, path] },
  ).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}
