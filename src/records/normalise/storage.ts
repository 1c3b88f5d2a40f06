/**
 * Batteries: SunSpec models 802 (battery base), 803 (lithium-ion bank, with the
 * strings of 804), 713 (DER storage capacity) and 124 (basic storage controls).
 *
 * @module
 */

import type {
  NormalizedStorageDataFields,
  StorageControl,
  StorageString,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import {
  type DecodedModel,
  isModel,
  type TypedModel,
} from "../../sunspec/decode/decode.ts";
import { idsOf, type ModelVariants } from "./instances.ts";
import { type FieldFlag, sharedFieldFlags } from "./point_fields.ts";
import {
  bitfieldOf,
  bitfieldsOf,
  coalesceFields,
  codesOf,
  fieldNames,
  type FieldTable,
  measurementsOf,
  numberOf,
} from "./points.ts";
import { type BatteryStringModel, storageStrings } from "./storage_strings.ts";
import {
  BANK_EVENTS,
  BANK_STATES,
  BATTERY_TYPES,
  CHARGE_SOURCES,
  CHARGE_STATES,
  CONTROL_MODES,
  INVERTER_REQUESTS,
  STORAGE_CONTROLS,
  STORAGE_STATUS,
} from "./storage_symbols.ts";
import {
  BANK,
  BANK_CODES,
  BASE,
  BASE_BITS,
  BASE_CODES,
  BASIC,
  BASIC_CODES,
  CAPACITY,
  CAPACITY_CODES,
  CONTROL,
  CONTROL_CODES,
  STORAGE_MAPPINGS,
} from "./storage_tables.ts";
import { bitSymbols, NO_SYMBOLS, stateSymbol } from "./symbols.ts";

/** The models of one battery; undefined = the device does not have the model. */
export interface BatteryModels {
  readonly base: TypedModel<802> | undefined;
  readonly bank: TypedModel<803> | undefined;
  readonly capacity: TypedModel<713> | undefined;
  readonly basic: TypedModel<124> | undefined;
  readonly strings: readonly BatteryStringModel[];
}

const MEASUREMENTS = fieldNames(BASE, BANK, CAPACITY, BASIC);
const CODES = fieldNames(BASE_CODES, BANK_CODES, CAPACITY_CODES, BASIC_CODES);
const BITS = fieldNames(BASE_BITS);

/** A model of a whole battery. */
export type StorageModel =
  | TypedModel<802>
  | TypedModel<803>
  | TypedModel<713>
  | TypedModel<124>;

/** The ids of {@linkcode StorageModel}. */
export const STORAGE_MODELS: ReadonlySet<number> = new Set([802, 803, 713, 124]);

/** The models of one battery, each as a variant of its own; they complement each other. */
export const STORAGE_VARIANTS: ModelVariants = [...STORAGE_MODELS].map((id) =>
  new Set([id])
);

/** Whether a model describes a whole battery. */
export function isStorageModel(model: DecodedModel): model is StorageModel {
  return STORAGE_MODELS.has(model.id);
}

/** Sorts the models of one battery by their ids. */
export function batteryModels(
  models: readonly StorageModel[],
  strings: readonly BatteryStringModel[],
): BatteryModels {
  return {
    base: models.find((model) => isModel(model, 802)),
    bank: models.find((model) => isModel(model, 803)),
    capacity: models.find((model) => isModel(model, 713)),
    basic: models.find((model) => isModel(model, 124)),
    strings,
  };
}

/** Charge state OFF (124: ChaSt). */
const CHARGE_OFF = 1;

/**
 * Whether a battery is installed. Inverters without one may also have 124 and
 * 713, without values: SunSpec requires 0 % in that case (713: SoC).
 */
export function hasBattery(
  { base, bank, capacity, basic, strings }: BatteryModels,
): boolean {
  if (base !== undefined || bank !== undefined || strings.length > 0) return true;
  const hasValue = (
    model: DecodedModel | undefined,
    table: FieldTable<string, string>,
  ) =>
    model !== undefined &&
    table.some(([, point]) => (numberOf(model.points, point) ?? 0) !== 0);
  if (hasValue(capacity, CAPACITY) || hasValue(basic, BASIC)) return true;
  return basic !== undefined &&
    (numberOf(basic.points, "ChaSt") ?? CHARGE_OFF) !== CHARGE_OFF;
}

/** The fields of a battery's record, and the flags on them. */
export function storageRecord(
  storage: BatteryModels,
): { readonly fields: NormalizedStorageDataFields; readonly flags: FieldFlag[] } {
  const { base, bank, capacity, basic } = storage;
  const models = [base, bank, capacity, basic].filter((model) => model !== undefined);
  const { strings, flags } = storageStrings(bank, storage.strings);
  const fields = storageFields(storage, strings);
  return {
    fields,
    flags: [
      ...models.flatMap((model) => sharedFieldFlags(model, STORAGE_MAPPINGS, fields)),
      ...flags,
    ],
  };
}

function storageFields(
  { base, bank, capacity, basic, strings: models }: BatteryModels,
  strings: readonly StorageString[] | null,
): NormalizedStorageDataFields {
  const codes = coalesceFields(CODES, [
    base && codesOf(base.points, BASE_CODES),
    bank && codesOf(bank.points, BANK_CODES),
    capacity && codesOf(capacity.points, CAPACITY_CODES),
    basic && codesOf(basic.points, BASIC_CODES),
  ]);
  const bits = coalesceFields(BITS, [base && bitfieldsOf(base.points, BASE_BITS)]);
  return {
    sunspec_model_ids: idsOf(
      [base, bank, capacity, basic, ...models].filter((model) => model !== undefined),
    ),
    ...coalesceFields(MEASUREMENTS, [
      base && measurementsOf(base.points, BASE),
      bank && measurementsOf(bank.points, BANK),
      capacity && measurementsOf(capacity.points, CAPACITY),
      basic && measurementsOf(basic.points, BASIC),
    ]),
    ...codes,
    charge_state: stateSymbol(CHARGE_STATES, codes.charge_state_code),
    state: stateSymbol(BANK_STATES, codes.state_code),
    status: stateSymbol(STORAGE_STATUS, codes.status_code),
    control_mode: stateSymbol(CONTROL_MODES, codes.control_mode_code),
    battery_type: stateSymbol(BATTERY_TYPES, codes.battery_type_code),
    requested_inverter_state: stateSymbol(
      INVERTER_REQUESTS,
      codes.requested_inverter_state_code,
    ),
    events: bitSymbols(BANK_EVENTS, bits.events),
    events_2: bitSymbols(NO_SYMBOLS, bits.events_2),
    vendor_events_1: bitSymbols(NO_SYMBOLS, bits.vendor_events_1),
    vendor_events_2: bitSymbols(NO_SYMBOLS, bits.vendor_events_2),
    control: basic === undefined ? null : controlFields(basic.points),
    strings,
  };
}

function controlFields(points: ModelPoints[124]): StorageControl {
  const codes = codesOf(points, CONTROL_CODES);
  return {
    ...measurementsOf(points, CONTROL),
    ...codes,
    charge_source: stateSymbol(CHARGE_SOURCES, codes.charge_source_code),
    modes: bitSymbols(STORAGE_CONTROLS, bitfieldOf(points, "StorCtl_Mod")),
  };
}
