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
import { type Forms, idsOf } from "./instances.ts";
import { feederFlags, type FieldFlag } from "./point_fields.ts";
import {
  bitfieldsOf,
  bitsOf,
  codesOf,
  fieldNames,
  type FieldTable,
  firstOf,
  measurementsOf,
  numberOf,
} from "./points.ts";
import { storageStrings, type StringModel } from "./storage_strings.ts";
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
  STORAGE_SOURCES,
} from "./storage_tables.ts";
import { bitNames, NO_NAMES, stateName } from "./symbols.ts";

/** The models of one battery; those that the device does not have are undefined. */
export interface Storage {
  readonly base: TypedModel<802> | undefined;
  readonly bank: TypedModel<803> | undefined;
  readonly capacity: TypedModel<713> | undefined;
  readonly basic: TypedModel<124> | undefined;
  readonly strings: readonly StringModel[];
}

const MEASURES = fieldNames(BASE, BANK, CAPACITY, BASIC);
const CODES = fieldNames(BASE_CODES, BANK_CODES, CAPACITY_CODES, BASIC_CODES);
const BITS = fieldNames(BASE_BITS);

/** A model that speaks of a battery as a whole. */
export type StorageModel =
  | TypedModel<802>
  | TypedModel<803>
  | TypedModel<713>
  | TypedModel<124>;

/** The ids of {@linkcode StorageModel}. */
export const STORAGE_MODELS: ReadonlySet<number> = new Set([802, 803, 713, 124]);

/** The forms in which a battery shows itself; they add to each other. */
export const STORAGE_FORMS: Forms = [...STORAGE_MODELS].map((id) => new Set([id]));

/** Whether a model speaks of a battery as a whole. */
export function isStorageModel(model: DecodedModel): model is StorageModel {
  return STORAGE_MODELS.has(model.id);
}

/** Tells the models of one battery apart. */
export function storageOf(
  models: readonly StorageModel[],
  strings: readonly StringModel[],
): Storage {
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
 * Whether there is a battery. Inverters without one show 124 and 713 too, with
 * nothing in them: SunSpec has them give 0 % there (713: SoC).
 */
export function isStorage({ base, bank, capacity, basic, strings }: Storage): boolean {
  if (base !== undefined || bank !== undefined || strings.length > 0) return true;
  const says = (model: DecodedModel | undefined, table: FieldTable<string, string>) =>
    model !== undefined &&
    table.some(([, point]) => (numberOf(model.points, point) ?? 0) !== 0);
  if (says(capacity, CAPACITY) || says(basic, BASIC)) return true;
  return basic !== undefined &&
    (numberOf(basic.points, "ChaSt") ?? CHARGE_OFF) !== CHARGE_OFF;
}

/** The fields of a battery's record, and the flags on them. */
export function storageRecord(
  storage: Storage,
): { readonly fields: NormalizedStorageDataFields; readonly flags: FieldFlag[] } {
  const { base, bank, capacity, basic } = storage;
  const models = [base, bank, capacity, basic].filter((model) => model !== undefined);
  const { strings, flags } = storageStrings(bank, storage.strings);
  const fields = storageFields(storage, strings);
  return {
    fields,
    flags: [
      ...models.flatMap((model) => feederFlags(model, STORAGE_SOURCES, fields)),
      ...flags,
    ],
  };
}

function storageFields(
  { base, bank, capacity, basic, strings: models }: Storage,
  strings: readonly StorageString[] | null,
): NormalizedStorageDataFields {
  const codes = firstOf(CODES, [
    base && codesOf(base.points, BASE_CODES),
    bank && codesOf(bank.points, BANK_CODES),
    capacity && codesOf(capacity.points, CAPACITY_CODES),
    basic && codesOf(basic.points, BASIC_CODES),
  ]);
  const bits = firstOf(BITS, [base && bitfieldsOf(base.points, BASE_BITS)]);
  return {
    sunspec_model_ids: idsOf(
      [base, bank, capacity, basic, ...models].filter((model) => model !== undefined),
    ),
    ...firstOf(MEASURES, [
      base && measurementsOf(base.points, BASE),
      bank && measurementsOf(bank.points, BANK),
      capacity && measurementsOf(capacity.points, CAPACITY),
      basic && measurementsOf(basic.points, BASIC),
    ]),
    ...codes,
    charge_state: stateName(CHARGE_STATES, codes.charge_state_code),
    state: stateName(BANK_STATES, codes.state_code),
    status: stateName(STORAGE_STATUS, codes.status_code),
    control_mode: stateName(CONTROL_MODES, codes.control_mode_code),
    battery_type: stateName(BATTERY_TYPES, codes.battery_type_code),
    requested_inverter_state: stateName(
      INVERTER_REQUESTS,
      codes.requested_inverter_state_code,
    ),
    events: bitNames(BANK_EVENTS, bits.events),
    events_2: bitNames(NO_NAMES, bits.events_2),
    vendor_events_1: bitNames(NO_NAMES, bits.vendor_events_1),
    vendor_events_2: bitNames(NO_NAMES, bits.vendor_events_2),
    control: basic === undefined ? null : controlFields(basic.points),
    strings,
  };
}

function controlFields(points: ModelPoints[124]): StorageControl {
  const codes = codesOf(points, CONTROL_CODES);
  return {
    ...measurementsOf(points, CONTROL),
    ...codes,
    charge_source: stateName(CHARGE_SOURCES, codes.charge_source_code),
    modes: bitNames(STORAGE_CONTROLS, bitsOf(points, "StorCtl_Mod")),
  };
}
