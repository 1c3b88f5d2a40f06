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
  out.optionalString(source.site);
  out.string(source.device_id);
  out.optionalLong(source.unit_id);
  out.optionalString(source.manufacturer);
  out.optionalString(source.model);
  out.optionalString(source.serial);
  out.optionalString(source.firmware);
  out.long(epoch);
  out.long(seq);
  out.optionalLong(prev_epoch);
  out.optionalLong(prev_seq);
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
