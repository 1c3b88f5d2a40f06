/**
 * Checks that the buffer is large enough for what the configuration writes into it.
 *
 * @module
 */

import { formatBytesExact } from "../../config/schema/quantity.ts";
import { leastMaxBytes, schemaPageBytes } from "../../buffer/retention.ts";
import { unitsOf } from "../../config/configured_units.ts";
import { scanAddresses } from "../../config/check/rules.ts";
import { errorAt, type Violation } from "../../config/check/violation.ts";
import type { Config } from "../../config/schema/schema.ts";
import { CONTRACT_SCHEMAS } from "../../records/avro/writer_schema.ts";

/** Streams of a unit: two kinds of records (a hybrid inverter and its meter), and its events. */
const STREAMS_PER_UNIT = 3;
/** Further streams of a unit that publishes its models. */
const MODELS_PER_UNIT = 16;
/** Models of all units together, and the page bytes of the schema of one. */
const MODEL_SCHEMAS = 24;
const MODEL_SCHEMA_BYTES = 16 * 1024;
/** A scan counts as this many units: how many it finds is not known. The buffer reports if it is too small for them. */
const UNITS_PER_SCAN_MAX = 16;

/** Finds a `buffer.max_bytes` below the least size at which all promises hold. */
export function findBufferSizeFaults(config: Config): readonly Violation[] {
  const found = config.buffer.max_bytes;
  const least = leastMaxBytesOf(config);
  if (found >= least) return [];
  return [errorAt(
    ["buffer", "max_bytes"],
    formatBytesExact(found),
    `at least ${formatBytesExact(least)} for the devices of this configuration`,
    "A smaller buffer has no room for their records beside schemas and gaps.",
  )];
}

/** The least `max_bytes` of a configuration, by its units and the schemas of their records. */
export function leastMaxBytesOf({ devices, discovery }: Config): number {
  const scanned = discovery.mode === "subnet_scan"
    ? Math.min(UNITS_PER_SCAN_MAX, scanAddresses(discovery).length)
    : 0;
  const units = devices.flatMap(unitsOf);
  const withModels = units.filter(({ device }) => device.publish.includes("models"));
  let schemaBytes = withModels.length > 0 ? MODEL_SCHEMAS * MODEL_SCHEMA_BYTES : 0;
  for (const { text } of CONTRACT_SCHEMAS.values()) {
    schemaBytes += schemaPageBytes(text);
  }
  const streams = 1 + (units.length + scanned) * STREAMS_PER_UNIT +
    withModels.length * MODELS_PER_UNIT;
  return leastMaxBytes({ streams, schemaBytes });
}
