/**
 * The output of `read --json`.
 *
 * @module
 */

import type { DeviceView } from "../device/device_view.ts";

/** The largest integer that every JSON parser reads without loss (RFC 8259, section 6). */
const JSON_INTEGER_MAX = 2n ** 53n;

/**
 * Renders a reading as one line of JSON: scaled values, null for points that the
 * device does not implement, groups as arrays of objects, integers beyond 2^53 as
 * text. The schema is docs/schemas/read.schema.json.
 */
export function toJson({ layout, models, records }: DeviceView): string {
  const { base, unitId, functionCode, identity, oddities } = layout;
  return JSON.stringify({
    base,
    unitId,
    functionCode,
    manufacturer: identity.manufacturer,
    model: identity.model,
    version: identity.firmware,
    serial: identity.serial,
    oddities,
    models: models.map(({ id, address, length, points, flags }) => {
      return { id, address, length, points, flags };
    }),
    records: records.map(({ type, source, fields }) => ({
      type,
      deviceId: source.device_id,
      quality: source.quality,
      flags: source.flags,
      fields,
    })),
  }, (_, value: unknown) => typeof value === "bigint" ? toJsonInteger(value) : value);
}

function toJsonInteger(value: bigint): number | string {
  return value >= -JSON_INTEGER_MAX && value <= JSON_INTEGER_MAX
    ? Number(value)
    : value.toString();
}
