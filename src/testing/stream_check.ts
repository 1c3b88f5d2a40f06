/**
 * What arrived, judged by an independent Avro implementation.
 *
 * @module
 */

import { askPython } from "../../tests/records/python.ts";
import { consume, type ConsumedRecord, type ConsumeOptions } from "./kafka/consumer.ts";
import { ROOT } from "./agent/agent_program.ts";

/** What src/testing/stream_check.py says. */
export interface StreamCheck {
  /** How many records arrived. */
  readonly records: number;
  /** How many of them had come before. */
  readonly doubles: number;
  /** What is not as the streams promise, in words. */
  readonly faults: readonly string[];
  readonly streams: readonly CheckedStream[];
  readonly decoded: readonly DecodedRecord[];
}

/** A stream, and its epochs in order. */
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

/** A record, as fastavro decodes it; times in ms. */
export interface DecodedRecord {
  readonly type: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Reads topics to their end and judges what is there. */
export async function checkKafka(
  bootstrap: string,
  options: ConsumeOptions,
): Promise<StreamCheck> {
  return await checkRecords(await consume(bootstrap, options));
}

/** Judges records that were consumed. */
export async function checkRecords(
  records: readonly ConsumedRecord[],
): Promise<StreamCheck> {
  return await ask({
    records: records.map((record) => ({ ...record, value: base64(record.value) })),
  });
}

/** Judges a folder of Avro container files. */
export async function checkFiles(folder: string): Promise<StreamCheck> {
  return await ask({ folder });
}

async function ask(question: Record<string, unknown>): Promise<StreamCheck> {
  const whole = { ...question, decoded: true };
  return await askPython("src/testing/stream_check.py", whole) as StreamCheck;
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Rows in the queue of an agent that does not run, by Python's sqlite3; the file stays as it is. */
export async function rowsInQueue(path: string): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command(
    `${ROOT}.tools/venv/bin/python`,
    { args: [`${ROOT}src/testing/stream_check_queue.py`, path] },
  ).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}
