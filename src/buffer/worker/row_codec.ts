/**
 * Packs rows into one transferable buffer, so that a batch crosses between the main
 * thread and the worker as one message whose bytes are moved, not copied.
 *
 * Layout (little-endian, as all supported machines are): number of rows and of texts
 * (2 x u32); each distinct text once, as a u32 length and UTF-8 (text 0 is empty); the
 * numbers of all rows (f64); the text references and payload lengths of all rows (u32);
 * the payloads in the order of the rows.
 *
 * @module
 */

import type { NewRow, PendingGap, StoredRow } from "../buffer.ts";
import type { HeldRow } from "../row_holds.ts";

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

const NEW_NUMBERS = 3; // epoch, seq, createdAtMs
const NEW_WORDS = 5; // stream, topic, key, gap, payload length
const STORED_NUMBERS = 3; // id, createdAtMs, retryCount
const STORED_WORDS = 3; // topic, key, payload length

/** Room for the payloads that a packer begins with, and that it keeps at most. */
const PAYLOADS_BYTES_MIN = 64 * 1024;
const PAYLOADS_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Packs rows to store.
 *
 * @throws {RangeError} if a number of a row is not a safe integer (a bug in the caller).
 */
export function packNewRows(rows: readonly NewRow[]): ArrayBuffer {
  const texts = createTexts();
  const words = new Uint32Array(rows.length * NEW_WORDS);
  const numbers = new Float64Array(rows.length * NEW_NUMBERS);
  let word = 0;
  let number = 0;
  for (const row of rows) {
    numbers[number++] = safeInteger(row.epoch, "epoch", row.stream);
    numbers[number++] = safeInteger(row.seq, "seq", row.stream);
    numbers[number++] = safeInteger(row.createdAtMs, "createdAtMs", row.stream);
    words[word++] = texts.refer(row.stream);
    words[word++] = texts.refer(row.topic);
    words[word++] = texts.refer(row.key);
    words[word++] = row.announcesGap === undefined
      ? 0
      : texts.refer(JSON.stringify(row.announcesGap));
    words[word++] = row.payload.length;
  }
  const payloadBytes = rows.reduce((sum, row) => sum + row.payload.length, 0);
  const sizes = { rows: rows.length, payloadBytes };
  const { packed, payloadsAt } = layOut(texts.list, numbers, words, sizes);
  const bytes = new Uint8Array(packed);
  let at = payloadsAt;
  for (const { payload } of rows) {
    bytes.set(payload, at);
    at += payload.length;
  }
  return packed;
}

/** Unpacks {@linkcode packNewRows}; the payloads are views of `packed`. */
export function unpackNewRows(packed: ArrayBuffer): NewRow[] {
  const { count, text, number, word, payload } = unpack(
    packed,
    NEW_NUMBERS,
    NEW_WORDS,
  );
  const rows: NewRow[] = [];
  for (let at = 0; at < count; at++) {
    const gap = word(at, 3);
    rows.push({
      epoch: number(at, 0),
      seq: number(at, 1),
      createdAtMs: number(at, 2),
      stream: text(word(at, 0)),
      topic: text(word(at, 1)),
      key: text(word(at, 2)),
      ...(gap === 0 ? {} : { announcesGap: JSON.parse(text(gap)) as PendingGap }),
      payload: payload(word(at, 4)),
    });
  }
  return rows;
}

/** Packs rows that are read from the queue, as they are read: no row is kept. */
export interface RowPacker {
  add(row: StoredRow): void;
  /** Ids and sizes of the rows, in order. */
  held(): HeldRow[];
  /** Packs the rows that were added since the last call. */
  pack(): ArrayBuffer;
}

/** Creates a packer without rows. */
export function createRowPacker(): RowPacker {
  let texts = createTexts();
  let numbers: number[] = [];
  let words: number[] = [];
  let payloads = new Uint8Array(PAYLOADS_BYTES_MIN);
  let bytes = 0;

  function makeRoom(size: number): void {
    if (bytes + size <= payloads.length) return;
    const larger = new Uint8Array(Math.max(2 * payloads.length, bytes + size));
    larger.set(payloads.subarray(0, bytes));
    payloads = larger;
  }

  return {
    add({ id, topic, key, payload, createdAtMs, retryCount }) {
      numbers.push(id, createdAtMs, retryCount);
      words.push(texts.refer(topic), texts.refer(key), payload.length);
      makeRoom(payload.length);
      payloads.set(payload, bytes);
      bytes += payload.length;
    },
    held() {
      return Array.from({ length: numbers.length / STORED_NUMBERS }, (_, at) => ({
        id: numbers[at * STORED_NUMBERS] ?? 0,
        bytes: words[at * STORED_WORDS + 2] ?? 0,
      }));
    },
    pack() {
      const { packed, payloadsAt } = layOut(
        texts.list,
        Float64Array.from(numbers),
        Uint32Array.from(words),
        { rows: numbers.length / STORED_NUMBERS, payloadBytes: bytes },
      );
      new Uint8Array(packed).set(payloads.subarray(0, bytes), payloadsAt);
      texts = createTexts();
      numbers = [];
      words = [];
      bytes = 0;
      if (payloads.length > PAYLOADS_BYTES_MAX) {
        payloads = new Uint8Array(PAYLOADS_BYTES_MIN);
      }
      return packed;
    },
  };
}

/** Unpacks what {@linkcode createRowPacker} packed; the payloads are views of `packed`. */
export function unpackStoredRows(packed: ArrayBuffer): StoredRow[] {
  const { count, text, number, word, payload } = unpack(
    packed,
    STORED_NUMBERS,
    STORED_WORDS,
  );
  const rows: StoredRow[] = [];
  for (let at = 0; at < count; at++) {
    rows.push({
      id: number(at, 0),
      createdAtMs: number(at, 1),
      retryCount: number(at, 2),
      topic: text(word(at, 0)),
      key: text(word(at, 1)),
      payload: payload(word(at, 2)),
    });
  }
  return rows;
}

interface Texts {
  readonly list: readonly Uint8Array[];
  refer(text: string): number;
}

function createTexts(): Texts {
  const indexes = new Map<string, number>([["", 0]]);
  const list: Uint8Array[] = [new Uint8Array()];
  return {
    list,
    refer(text) {
      const known = indexes.get(text);
      if (known !== undefined) return known;
      indexes.set(text, list.length);
      return list.push(ENCODER.encode(text)) - 1;
    },
  };
}

/** A message with everything but the payloads. */
function layOut(
  texts: readonly Uint8Array[],
  numbers: Float64Array,
  words: Uint32Array,
  { rows, payloadBytes }: { readonly rows: number; readonly payloadBytes: number },
): { readonly packed: ArrayBuffer; readonly payloadsAt: number } {
  let size = 8 + numbers.byteLength + words.byteLength + payloadBytes;
  for (const text of texts) size += 4 + text.length;
  const packed = new ArrayBuffer(size);
  const bytes = new Uint8Array(packed);
  const view = new DataView(packed);
  view.setUint32(0, rows, true);
  view.setUint32(4, texts.length, true);
  let at = 8;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  bytes.set(new Uint8Array(numbers.buffer), at);
  at += numbers.byteLength;
  bytes.set(new Uint8Array(words.buffer), at);
  at += words.byteLength;
  return { packed, payloadsAt: at };
}

interface Unpacked {
  readonly count: number;
  text(reference: number): string;
  number(row: number, column: number): number;
  word(row: number, column: number): number;
  /** The next payload, of `length` bytes; call it once per row, in order. */
  payload(length: number): Uint8Array;
}

function unpack(
  packed: ArrayBuffer,
  numberColumns: number,
  wordColumns: number,
): Unpacked {
  const view = new DataView(packed);
  const count = view.getUint32(0, true);
  const texts: string[] = [];
  let at = 8;
  for (let left = view.getUint32(4, true); left > 0; left--) {
    const length = view.getUint32(at, true);
    texts.push(DECODER.decode(new Uint8Array(packed, at + 4, length)));
    at += 4 + length;
  }
  const numbersAt = at;
  const wordsAt = numbersAt + 8 * count * numberColumns;
  let payloadsAt = wordsAt + 4 * count * wordColumns;
  return {
    count,
    text: (reference) => texts[reference] ?? "",
    number: (row, column) =>
      view.getFloat64(numbersAt + 8 * (row * numberColumns + column), true),
    word: (row, column) =>
      view.getUint32(wordsAt + 4 * (row * wordColumns + column), true),
    payload(length) {
      const payload = new Uint8Array(packed, payloadsAt, length);
      payloadsAt += length;
      return payload;
    },
  };
}

function safeInteger(value: number, name: string, stream: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(
    `Cannot store a row of ${stream}: ${name} is ${value}, expected a safe integer`,
  );
}
