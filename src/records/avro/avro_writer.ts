/**
 * Writes values in Avro's binary encoding (Avro 1.11, "Binary Encoding") into memory that
 * is used again for the next payload.
 *
 * @module
 */

/** Size of the memory at first; it grows to the largest payload. */
const START_BYTES = 4_096;
/** Most bytes of a number. */
const NUMBER_BYTES_MAX = 10;
/** UTF-8 has at most this many bytes for one UTF-16 unit. */
const UTF8_BYTES_MAX = 3;
/** Integers up to this one are written with integer arithmetic. */
const SMALL_MAX = 2 ** 30;
/** Largest magnitude whose double, less one, is exact. */
const LONG_MAX = 2 ** 52;
const ASCII_MAX = 0x7f;
/** Indexes in a union of null and another type. */
const NULL_INDEX = 0;
const VALUE_INDEX = 2;

const encoder = new TextEncoder();

/** Writes one payload after another. Values are appended. */
export class AvroWriter {
  #bytes = new Uint8Array(START_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  /** Begins a payload; the first `headerSize` bytes are left free. */
  begin(headerSize: number): void {
    this.#end = headerSize;
  }

  /** The payload so far, in memory of its own. */
  payload(): Uint8Array {
    return this.#bytes.slice(0, this.#end);
  }

  /** A null of a union of null and another type. */
  null(): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = NULL_INDEX;
  }

  /** A union of null and string. */
  optionalString(value: string | null): void {
    if (value === null) return this.null();
    this.present();
    this.string(value);
  }

  /**
   * A union of null and an int or a long.
   *
   * @throws {RangeError} As {@linkcode AvroWriter.long}.
   */
  optionalLong(value: number | null): void {
    if (value === null) return this.null();
    this.present();
    this.long(value);
  }

  /** A union of null and double. */
  optionalDouble(value: number | null): void {
    if (value === null) return this.null();
    this.present();
    this.double(value);
  }

  /** That the value of a union of null and another type follows. */
  present(): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = VALUE_INDEX;
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value ? 1 : 0;
  }

  /**
   * An int or a long.
   *
   * @throws {RangeError} If it is not an integer up to 2^52.
   */
  long(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > LONG_MAX) {
      throw new RangeError(`Not a long: ${value}`);
    }
    this.#reserve(NUMBER_BYTES_MAX);
    const bytes = this.#bytes;
    if (value >= -SMALL_MAX && value < SMALL_MAX) {
      let rest = value >= 0 ? value << 1 : (~value << 1) | 1;
      while (rest > 0x7f) {
        bytes[this.#end++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      bytes[this.#end++] = rest;
      return;
    }
    // Twice the value is exact up to LONG_MAX, and so is its division by a power of two.
    let rest = value >= 0 ? value * 2 : -value * 2 - 1;
    while (rest >= 0x80) {
      bytes[this.#end++] = (rest & 0x7f) | 0x80;
      rest /= 0x80;
    }
    bytes[this.#end++] = rest;
  }

  double(value: number): void {
    this.#reserve(NUMBER_BYTES_MAX);
    this.#view.setFloat64(this.#end, value, true);
    this.#end += 8;
  }

  string(value: string): void {
    const { length } = value;
    this.#reserve(NUMBER_BYTES_MAX + length * UTF8_BYTES_MAX);
    const start = this.#end;
    this.long(length);
    const bytes = this.#bytes;
    let end = this.#end;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > ASCII_MAX) {
        this.#end = start;
        this.#encoded(value);
        return;
      }
      bytes[end++] = unit;
    }
    this.#end = end;
  }

  /** An array of strings. */
  strings(values: readonly string[]): void {
    if (values.length > 0) {
      this.long(values.length);
      for (const value of values) this.string(value);
    }
    this.long(0);
  }

  #encoded(value: string): void {
    const utf8 = encoder.encode(value);
    this.long(utf8.length);
    this.#reserve(utf8.length);
    this.#bytes.set(utf8, this.#end);
    this.#end += utf8.length;
  }

  #reserve(size: number): void {
    const needed = this.#end + size;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * needed);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
