// deno-lint-ignore-file camelcase
/**
 * Writes the fields with which every record begins.
 *
 * @module
 */

import type { RecordSource, StreamPosition } from "../record.ts";
import type { AvroWriter } from "./avro_writer.ts";

/**
 * Writes the envelope, in the order of the schemas.
 *
 * @throws {RangeError} If a number is not an integer.
 */
export function writeEnvelope(
  out: AvroWriter,
  source: RecordSource,
  { epoch, seq, prev_epoch, prev_seq }: StreamPosition,
): void {
  out.string(source.gateway);
  writeText(out, source.site);
  out.string(source.device_id);
  writeLong(out, source.unit_id);
  writeText(out, source.manufacturer);
  writeText(out, source.model);
  writeText(out, source.serial);
  writeText(out, source.firmware);
  out.long(epoch);
  out.long(seq);
  writeLong(out, prev_epoch);
  writeLong(out, prev_seq);
  out.long(source.slots_missed);
  out.long(source.interval_ms);
  out.long(source.sampled_at);
  out.long(source.read_duration_ms);
  if (source.clock_synced === null) out.null();
  else {
    out.present();
    out.boolean(source.clock_synced);
  }
  out.string(source.quality);
  out.strings(source.flags);
}

function writeText(out: AvroWriter, value: string | null): void {
  if (value === null) return out.null();
  out.present();
  out.string(value);
}

function writeLong(out: AvroWriter, value: number | null): void {
  if (value === null) return out.null();
  out.present();
  out.long(value);
}
