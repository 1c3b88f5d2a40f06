/**
 * The text of a high-water mark. Pure.
 *
 * The file has two slots that are written in turn, so that an interrupted write leaves
 * the other one intact. A slot holds one line: CRC-32 of the rest, generation, JSON.
 * Nothing of it grows without a limit, and a write changes no other block of the disk.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import type { HighWaterMark, SeqSpan } from "./mark.ts";

/** Size of a slot in bytes: room for about 5,000 streams. */
export const SLOT_BYTES = 256 * 1024;

/** Size of the file; a larger one was not written by this program. */
export const MARK_FILE_BYTES: number = 2 * SLOT_BYTES;

type Crc32 = (bytes: Uint8Array) => number;

/** A mark as it is in a slot. */
export interface StoredMark {
  readonly mark: HighWaterMark;
  /** Rises with each write; 0 = nothing is stored. */
  readonly generation: number;
}

/** The slot that a generation is written to, as an offset in bytes. */
export function slotOffset(generation: number): number {
  return (generation % 2) * SLOT_BYTES;
}

/**
 * The line of a slot. Spans beyond {@linkcode SLOT_BYTES} are left out, those of the
 * earliest epochs first.
 */
export function encodeMark({ mark, generation }: StoredMark, crc32: Crc32): Uint8Array {
  const spans = [...mark.spans.values()].flat().sort((a, b) => b.epoch - a.epoch);
  for (let count = spans.length;; count = Math.floor(count * 0.9)) {
    const kept = spans.slice(0, count)
      .map(({ stream, epoch, first, last }) => [stream, epoch, first, last]);
    const body = new TextEncoder().encode(
      `${generation} ${JSON.stringify({ epoch: mark.epoch, spans: kept })}`,
    );
    const line = new TextEncoder().encode(`${hex(crc32(body))} `);
    if (line.length + body.length + 1 > SLOT_BYTES) continue;
    return new Uint8Array([...line, ...body, 0x0a]);
  }
}

/** The newest intact mark of a file; undefined if neither slot is intact. */
export function decodeMark(file: Uint8Array, crc32: Crc32): StoredMark | undefined {
  if (file.length > MARK_FILE_BYTES) return undefined;
  const [first, second] = [0, SLOT_BYTES].map((at) =>
    decodeSlot(file.subarray(at, at + SLOT_BYTES), crc32)
  );
  if (first === undefined || second === undefined) return first ?? second;
  return first.generation > second.generation ? first : second;
}

function decodeSlot(slot: Uint8Array, crc32: Crc32): StoredMark | undefined {
  const end = slot.indexOf(0x0a);
  const line = slot.subarray(0, Math.max(0, end));
  const body = line.subarray(9);
  const checksum = new TextDecoder().decode(line.subarray(0, 9));
  if (body.length === 0 || checksum !== `${hex(crc32(body))} `) return undefined;
  const text = new TextDecoder().decode(body);
  const space = text.indexOf(" ");
  try {
    const generation = Number(text.slice(0, space));
    const mark = parseMark(JSON.parse(text.slice(space + 1)));
    return isCount(generation) && mark !== undefined ? { mark, generation } : undefined;
  } catch {
    return undefined; // An intact checksum over another format.
  }
}

function parseMark(found: unknown): HighWaterMark | undefined {
  if (!isObject(found)) return undefined;
  const { epoch, spans: list } = found;
  if (!isCount(epoch) || !Array.isArray(list)) return undefined;
  const spans = new Map<string, SeqSpan[]>();
  for (const entry of list.toReversed()) {
    const span = parseSpan(entry);
    if (span === undefined) return undefined;
    spans.set(span.stream, [...spans.get(span.stream) ?? [], span]);
  }
  return { epoch, spans };
}

function parseSpan(entry: unknown): SeqSpan | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [stream, epoch, first, last] = entry;
  return typeof stream === "string" && isCount(epoch) && isCount(first) && isCount(last)
    ? { stream, epoch, first, last }
    : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}
