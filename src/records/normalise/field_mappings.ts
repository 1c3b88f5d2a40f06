/**
 * The field mappings of all normalised record types. The table "Which point
 * feeds which field" in `docs/contracts.md` is generated from them.
 *
 * @module
 */

import type { RecordType } from "../record.ts";
import { COMBINER_MAPPINGS } from "./combiner.ts";
import { ENVIRONMENT_MAPPINGS } from "./environment.ts";
import { INVERTER_MAPPINGS } from "./inverter.ts";
import { METER_MAPPINGS } from "./meter.ts";
import type { FieldMapping } from "./point_fields.ts";
import { STORAGE_MAPPINGS } from "./storage_tables.ts";

/** Which point of which model feeds which field, by record type. */
export const FIELD_MAPPINGS = {
  NormalizedInverterData: INVERTER_MAPPINGS,
  NormalizedMeterData: METER_MAPPINGS,
  NormalizedStorageData: STORAGE_MAPPINGS,
  NormalizedEnvironmentData: ENVIRONMENT_MAPPINGS,
  NormalizedCombinerData: COMBINER_MAPPINGS,
} as const satisfies Partial<Record<RecordType, readonly FieldMapping[]>>;
