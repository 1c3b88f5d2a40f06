// deno-lint-ignore-file camelcase
/**
 * What every record carries, whatever its kind. Field names are those of the
 * wire contract (`models/avro`): the unit stands in the name.
 *
 * @module
 */

import { SCHEMAS } from "../../models/avro/index.ts";
import type { ModelDefinition } from "../sunspec/definition/definition.ts";

/** Where a record comes from and when; known before it is numbered. */
export interface Source {
  /** Id of the gateway, as configured. */
  readonly gateway: string;
  /** Site, if configured. */
  readonly site: string | null;
  /** Id of the device (or of the gateway, for its own events). */
  readonly device_id: string;
  /** Modbus unit id; null for the gateway itself. */
  readonly unit_id: number | null;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
  /** Grid slots since this stream's previous record that gave none. */
  readonly slots_missed: number;
  /** The grid, in ms; 0 = not sampled on a grid (events). */
  readonly interval_ms: number;
  /** Wall clock at the start of the first request, ms since the Unix epoch. */
  readonly sampled_at: number;
  /** From the first request to the last answer, in ms. */
  readonly read_duration_ms: number;
  /** Whether the kernel says that its clock is synchronised; null = unknown. */
  readonly clock_synced: boolean | null;
  readonly quality: Quality;
  /** `field:reason`, sorted, each once. */
  readonly flags: readonly string[];
}

/** How far a record can be trusted. */
export type Quality = "good" | "partial" | "suspect";

/** Who the device says it is (model 1). */
export interface RecordIdentity {
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly firmware: string | null;
}

/** A record's place in its stream. */
export interface Numbering {
  /** Made once at each start, rising; never used twice. */
  readonly epoch: number;
  /** Counts the records of a stream within an epoch, from 1. */
  readonly seq: number;
  /** On the first record of a stream in an epoch: the epoch before; else null. */
  readonly prev_epoch: number | null;
  /** On the first record of a stream in an epoch: the last seq of that epoch; else null. */
  readonly prev_seq: number | null;
}

/** The record types with a schema written by hand, in the order of `models/avro`. */
export type ContractType = keyof typeof SCHEMAS;

/** All of them. */
export const CONTRACT_TYPES: readonly ContractType[] = [
  "NormalizedInverterData",
  "NormalizedMeterData",
  "NormalizedStorageData",
  "NormalizedEnvironmentData",
  "NormalizedCombinerData",
  "CollectorEvent",
];

/** The record type of one SunSpec model with every point. */
export type ModelRecordType = `SunSpecModel${number}`;

/** The record types; each is an Avro record in namespace `sunspec.telemetry`. */
export type RecordType = ContractType | ModelRecordType;

/** The record type of a SunSpec model. */
export function modelRecordType(id: number): ModelRecordType {
  return `SunSpecModel${id}`;
}

/** The id in the record type of a SunSpec model. */
export function modelIdOf(type: ModelRecordType): string {
  return type.slice("SunSpecModel".length);
}

/** Whether a record has a schema written by hand. */
export function isContractType(type: RecordType): type is ContractType {
  return Object.hasOwn(SCHEMAS, type);
}

/** A record that has no number yet: its type, its source and its own fields. */
export interface Draft {
  readonly type: RecordType;
  readonly source: Source;
  /** The fields of its type beyond {@linkcode Source} and {@linkcode Numbering}. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** For a record of one model: the definition that its schema is generated from. */
  readonly definition?: ModelDefinition;
}

/** The name of a stream: (gateway, device id, record type). */
export function streamName(
  gateway: string,
  deviceId: string,
  type: string,
): string {
  return `${gateway}/${deviceId}/${type}`;
}
