// deno-lint-ignore-file camelcase
/**
 * The parts that all records have in common. Field names are those of the wire
 * contract (`models/avro`) and contain the unit.
 *
 * @module
 */

import { SCHEMAS } from "../../models/avro/index.ts";
import type { AvroWriter } from "./avro/avro_writer.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";

/** The origin and time of a record; known before the record is numbered. */
export interface RecordSource {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, if configured. */
  readonly site: string | null;
  /** Id of the device, or of the gateway for the gateway's own events. */
  readonly device_id: string;
  /** Modbus unit id; null for the gateway itself. */
  readonly unit_id: number | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
  /** Grid slots without a record since the previous record of this stream. */
  readonly slots_missed: number;
  /** Poll interval of the grid, in ms; 0 = not sampled on a grid (events). */
  readonly interval_ms: number;
  /** Wall clock at the start of the first request, in ms since the Unix epoch. */
  readonly sampled_at: number;
  /** Time from the first request to the last response, in ms. */
  readonly read_duration_ms: number;
  /** Whether the kernel reports its clock as synchronised; null = unknown. */
  readonly clock_synced: boolean | null;
  readonly quality: Quality;
  /** `field:reason`, sorted and without duplicates. */
  readonly flags: readonly string[];
}

/** Data quality of a record: the worst that its flags imply. */
export type Quality = "good" | "partial" | "suspect";

/** The position of a record in its stream. */
export interface StreamPosition {
  /** Chosen once per start of the agent; rises, and is never reused. */
  readonly epoch: number;
  /** Sequence number of the record within stream and epoch, from 1. */
  readonly seq: number;
  /** In the first record of a stream in an epoch: the stream's previous epoch; otherwise null. */
  readonly prev_epoch: number | null;
  /** In the first record of a stream in an epoch: the last seq of the previous epoch; otherwise null. */
  readonly prev_seq: number | null;
}

/** A record type whose schema is maintained by hand. */
export type ContractType = keyof typeof SCHEMAS;

/** All record types whose schemas are maintained by hand, in the order of the documentation. */
export const CONTRACT_TYPES: readonly ContractType[] = [
  "NormalizedInverterData",
  "NormalizedMeterData",
  "NormalizedStorageData",
  "NormalizedEnvironmentData",
  "NormalizedCombinerData",
  "CollectorEvent",
];

/** The record type that contains every point of one SunSpec model. */
export type ModelRecordType = `SunSpecModel${number}`;

/** A record type: the name of an Avro record in namespace `sunspec.telemetry`. */
export type RecordType = ContractType | ModelRecordType;

/** The record type of a SunSpec model. */
export function modelRecordType(id: number): ModelRecordType {
  return `SunSpecModel${id}`;
}

/** The model id in the record type of a SunSpec model. */
export function modelIdOf(type: ModelRecordType): string {
  return type.slice("SunSpecModel".length);
}

/** Whether the schema of a record type is maintained by hand. */
export function isContractType(type: RecordType): type is ContractType {
  return Object.hasOwn(SCHEMAS, type);
}

/**
 * The fields of a record that was not built as an object: they are written directly from
 * the values of the poll.
 */
export interface FlatFields {
  /** The same fields by name; built when first asked for. */
  readonly byName: Readonly<Record<string, unknown>>;
  /** `sunspec_model_id` of the record. */
  readonly modelId: number;
  /** `strings_model_id` of the record; null = it has none. */
  readonly stringsId: number | null;
  /** Writes the fields in the order of the schema. */
  write(out: AvroWriter): void;
}

/** A record without its position in the stream: type, source and own fields. */
export interface Draft {
  readonly type: RecordType;
  readonly source: RecordSource;
  /** The fields of its type besides {@linkcode RecordSource} and {@linkcode StreamPosition}. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For a record of one model: the definition from which its schema is generated. */
  readonly definition?: ModelDefinition;
  /** The source of `fields`, if they are written directly. */
  readonly flat?: FlatFields;
}

/** A draft whose fields are written directly, and built only for those who ask for them. */
class FlatDraft implements Draft {
  readonly type: RecordType;
  readonly source: RecordSource;
  readonly flat: FlatFields;

  constructor(type: RecordType, source: RecordSource, flat: FlatFields) {
    this.type = type;
    this.source = source;
    this.flat = flat;
  }

  get fields(): Readonly<Record<string, unknown>> {
    return this.flat.byName;
  }
}

/** A draft of fields that are written directly. */
export function flatDraft(
  type: RecordType,
  source: RecordSource,
  flat: FlatFields,
): Draft {
  return new FlatDraft(type, source, flat);
}

/** The draft with another source. */
export function withSource(draft: Draft, source: RecordSource): Draft {
  return draft.flat === undefined
    ? { ...draft, source }
    : flatDraft(draft.type, source, draft.flat);
}

/** The draft with other fields and another source. */
export function withFields(
  { type, definition }: Draft,
  source: RecordSource,
  fields: Draft["fields"],
): Draft {
  return { type, source, fields, ...(definition === undefined ? {} : { definition }) };
}

/** The name of a stream: (gateway, device id, record type). */
export function streamName(
  gateway: string,
  deviceId: string,
  type: string,
): string {
  return `${gateway}/${deviceId}/${type}`;
}

/** Makes names of streams; equal names are the same string, because every record is looked up by it. */
export function createStreamNames(): typeof streamName {
  const names = new Map<string, Map<string, Map<string, string>>>();
  return (gateway, deviceId, type) => {
    const ofType = names.get(type) ?? new Map<string, Map<string, string>>();
    names.set(type, ofType);
    const ofDevice = ofType.get(deviceId) ?? new Map<string, string>();
    ofType.set(deviceId, ofDevice);
    const name = ofDevice.get(gateway) ?? streamName(gateway, deviceId, type);
    ofDevice.set(gateway, name);
    return name;
  };
}
