/**
 * Creates rows for tests of the buffer: payloads with a valid head (Avro
 * single-object encoding, first fields of the envelope) and a body of any size.
 *
 * @module
 */

import type { Buffer, BufferOptions, NewRow } from "../../buffer/buffer.ts";
import { openBuffer } from "../../buffer/worker/client.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";

/** Fingerprint of the fictitious record type `Reading`, in the byte order of a payload. */
export const FINGERPRINT = "8ddbbabe50978d2e";
/** The schema of `Reading`. */
export const SCHEMA =
  '{"type":"record","name":"sunspec.telemetry.Reading","fields":[]}';

/** A signal that never aborts. */
export const FOREVER: AbortSignal = new AbortController().signal;

/** The stream of a device. */
export function streamOf(device: string): string {
  return `gw/${device}/Reading`;
}

/** A row of `device` with a payload of `bodyBytes` beyond its head. */
export function rowOf(
  device: string,
  epoch: number,
  seq: number,
  bodyBytes = 200,
  rest: Partial<NewRow> = {},
): NewRow {
  return {
    stream: streamOf(device),
    epoch,
    seq,
    topic: "readings",
    key: device,
    payload: payloadOf("gw", device, epoch, seq, bodyBytes),
    createdAtMs: 1_800_000_000_000 + seq,
    ...rest,
  };
}

/** Many rows: seq `first` to `last`. */
export function rowsOf(
  device: string,
  epoch: number,
  first: number,
  last: number,
  bodyBytes = 200,
): NewRow[] {
  return Array.from(
    { length: last - first + 1 },
    (_, at) => rowOf(device, epoch, first + at, bodyBytes),
  );
}

function payloadOf(
  gateway: string,
  device: string,
  epoch: number,
  seq: number,
  bodyBytes: number,
): Uint8Array {
  const body = new Uint8Array(bodyBytes);
  for (let at = 0; at < bodyBytes; at++) body[at] = (seq * 31 + at * 7) & 0xff;
  const head = Uint8Array.of(
    0xc3,
    0x01,
    ...(FINGERPRINT.match(/../g) ?? []).map((byte) => parseInt(byte, 16)),
    ...text(gateway),
    0, // site: null
    ...text(device),
    0, // unit_id: null
    ...[0, 0, 0, 0], // manufacturer, model, serial, firmware: null
    ...long(epoch),
    ...long(seq),
  );
  const payload = new Uint8Array(head.length + bodyBytes);
  payload.set(head);
  payload.set(body, head.length);
  return payload;
}

function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...long(bytes.length), ...bytes];
}

function long(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value) * 2n;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** Options for a file in `folder`, with limits that no test reaches by default. */
export function optionsIn(
  folder: string,
  rest: Partial<BufferOptions> = {},
): BufferOptions {
  return {
    path: `${folder}/queue.db`,
    flushIntervalMs: 50,
    powerLossWindowMs: 100,
    maxBytes: 64 * 2 ** 20,
    maxRows: 1_000_000,
    maxAgeMs: null,
    ...rest,
  };
}

/** Opens a buffer; throws if that fails. */
export async function mustOpen(options: BufferOptions): Promise<Buffer> {
  const opened = await openBuffer(options, SYSTEM_CLOCK, FOREVER);
  if (!opened.ok) throw new Error(`cannot open: ${opened.fault.detail}`);
  return opened.value;
}

/** Runs `work` in a temporary folder. */
export async function inFolder(
  work: (folder: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "buffer-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
