/**
 * The strings of a lithium-ion bank: SunSpec models 803 (all strings) and 804
 * (details of one string).
 *
 * @module
 */

import type { StorageModule, StorageString } from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import type { TypedModel } from "../../sunspec/decode/decode.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  type FieldMapping,
  pointFields,
} from "./point_fields.ts";
import {
  bitfieldsOf,
  coalesceFields,
  codeOf,
  codesOf,
  fieldNames,
  type FieldTable,
  measurementsOf,
} from "./points.ts";
import {
  CONNECTION_FAILURES,
  CONTACTORS,
  DISABLED_REASONS,
  STRING_EVENTS,
  STRING_STATUS,
} from "./storage_symbols.ts";
import { bitSymbols, NO_SYMBOLS, stateSymbol } from "./symbols.ts";

/** The model that lists the strings of a bank. */
export type BankModel = TypedModel<803>;

/** The model of one string. */
export type BatteryStringModel = TypedModel<804>;

type BankString = ModelPoints[803]["string"][number];
type StringPoints = ModelPoints[804];
type ModulePoints = StringPoints["lithium_ion_string_module"][number];

/** Measurements of a string in 803. */
const BANK_STRING = [
  ["soc_pct", "StrSoC"],
  ["soh_pct", "StrSoH"],
  ["dc_current_a", "StrA"],
  ["cell_voltage_max_v", "StrCellVMax"],
  ["cell_voltage_min_v", "StrCellVMin"],
  ["cell_voltage_avg_v", "StrCellVAvg"],
  ["module_temp_max_c", "StrModTmpMax"],
  ["module_temp_min_c", "StrModTmpMin"],
  ["module_temp_avg_c", "StrModTmpAvg"],
] as const satisfies FieldTable<keyof StorageString, keyof BankString>;

/** Measurements of a string in 804. */
const STRING = [
  ["soc_pct", "SoC"],
  ["soh_pct", "SoH"],
  ["dod_pct", "DoD"],
  ["dc_current_a", "A"],
  ["dc_voltage_v", "V"],
  ["cell_voltage_max_v", "CellVMax"],
  ["cell_voltage_min_v", "CellVMin"],
  ["cell_voltage_avg_v", "CellVAvg"],
  ["module_temp_max_c", "ModTmpMax"],
  ["module_temp_min_c", "ModTmpMin"],
  ["module_temp_avg_c", "ModTmpAvg"],
] as const satisfies FieldTable<keyof StorageString, keyof StringPoints>;

const BANK_STRING_CODES = [
  ["module_count", "StrNMod"],
  ["connection_failure_code", "StrConFail"],
  ["disabled_reason_code", "StrDisRsn"],
  ["cell_voltage_max_module", "StrCellVMaxMod"],
  ["cell_voltage_min_module", "StrCellVMinMod"],
  ["module_temp_max_module", "StrModTmpMaxMod"],
  ["module_temp_min_module", "StrModTmpMinMod"],
] as const satisfies FieldTable<keyof StorageString, keyof BankString>;

const STRING_CODES = [
  ["module_count", "NMod"],
  ["connection_failure_code", "ConFail"],
  ["cycles", "NCyc"],
  ["cell_voltage_max_module", "CellVMaxMod"],
  ["cell_voltage_min_module", "CellVMinMod"],
  ["module_temp_max_module", "ModTmpMaxMod"],
  ["module_temp_min_module", "ModTmpMinMod"],
  ["balancing_cells", "NCellBal"],
] as const satisfies FieldTable<keyof StorageString, keyof StringPoints>;

const BANK_STRING_BITS = [
  ["status", "StrSt"],
  ["contactors", "StrConSt"],
  ["events", "StrEvt1"],
  ["events_2", "StrEvt2"],
  ["vendor_events_1", "StrEvtVnd1"],
  ["vendor_events_2", "StrEvtVnd2"],
] as const satisfies FieldTable<keyof StorageString, keyof BankString>;

const STRING_BITS = [
  ["status", "St"],
  ["contactors", "ConSt"],
  ["events", "Evt1"],
  ["events_2", "Evt2"],
  ["vendor_events_1", "EvtVnd1"],
  ["vendor_events_2", "EvtVnd2"],
] as const satisfies FieldTable<keyof StorageString, keyof StringPoints>;

const MODULE = [
  ["soc_pct", "ModSoC"],
  ["soh_pct", "ModSoH"],
  ["cell_voltage_max_v", "ModCellVMax"],
  ["cell_voltage_min_v", "ModCellVMin"],
  ["cell_voltage_avg_v", "ModCellVAvg"],
  ["cell_temp_max_c", "ModCellTmpMax"],
  ["cell_temp_min_c", "ModCellTmpMin"],
  ["cell_temp_avg_c", "ModCellTmpAvg"],
] as const satisfies FieldTable<keyof StorageModule, keyof ModulePoints>;

const MODULE_CODES = [
  ["cell_count", "ModNCell"],
  ["cell_voltage_max_cell", "ModCellVMaxCell"],
  ["cell_voltage_min_cell", "ModCellVMinCell"],
  ["cell_temp_max_cell", "ModCellTmpMaxCell"],
  ["cell_temp_min_cell", "ModCellTmpMinCell"],
] as const satisfies FieldTable<keyof StorageModule, keyof ModulePoints>;

const MEASUREMENTS = fieldNames(STRING);
const CODES = fieldNames(BANK_STRING_CODES, STRING_CODES);
const BITS = fieldNames(STRING_BITS);

/** The fields of a string in 803. */
export const BANK_STRING_FIELDS = {
  group: "string",
  place: "strings[]",
  tables: [BANK_STRING, BANK_STRING_CODES, BANK_STRING_BITS],
};

/** The field mapping of 804. */
export const BATTERY_STRING_MAPPING: FieldMapping = {
  models: [804],
  fields: pointFields(
    {
      group: "",
      place: "strings[]",
      tables: [STRING, STRING_CODES, STRING_BITS, [["index", "Idx"]]],
    },
    {
      group: "lithium_ion_string_module",
      place: "strings[].modules[]",
      tables: [MODULE, MODULE_CODES],
    },
  ),
};

/** The sources of one string: its group in 803, its model 804, or both. */
interface StringSource {
  readonly index: number;
  readonly inBank: BankString | undefined;
  readonly model: BatteryStringModel | undefined;
}

/** The strings of a bank, and the flags of their models 804. */
export function storageStrings(
  bank: BankModel | undefined,
  models: readonly BatteryStringModel[],
): { readonly strings: StorageString[] | null; readonly flags: FieldFlag[] } {
  const sources = collectSources(bank?.points.string ?? [], models);
  return {
    strings: bank === undefined && models.length === 0
      ? null
      : sources.map(stringFields),
    flags: sources.flatMap(({ model }, at) =>
      model === undefined ? [] : fieldFlags(
        model,
        (path) => fieldAt(BATTERY_STRING_MAPPING.fields, path, [at]),
      )
    ),
  };
}

/** Assigns the models 804 to the strings of 803. A model without a string in 803 is a string of its own. */
function collectSources(
  inBank: readonly BankString[],
  models: readonly BatteryStringModel[],
): StringSource[] {
  const sources: StringSource[] = inBank.map((points, at) => ({
    index: at + 1,
    inBank: points,
    model: undefined,
  }));
  models.forEach((model, nth) => {
    const index = codeOf(model.points, "Idx") ?? nth + 1;
    const at = sources.findIndex((one) => one.index === index && !one.model);
    if (at < 0) sources.push({ index, inBank: undefined, model });
    else sources.splice(at, 1, { index, inBank: sources[at]?.inBank, model });
  });
  return sources.toSorted((one, other) => one.index - other.index);
}

function stringFields({ index, inBank, model }: StringSource): StorageString {
  const own = model?.points;
  const codes = coalesceFields(CODES, [
    inBank && codesOf(inBank, BANK_STRING_CODES),
    own && codesOf(own, STRING_CODES),
  ]);
  const bits = coalesceFields(BITS, [
    inBank && bitfieldsOf(inBank, BANK_STRING_BITS),
    own && bitfieldsOf(own, STRING_BITS),
  ]);
  return {
    index,
    ...coalesceFields(MEASUREMENTS, [
      inBank && measurementsOf(inBank, BANK_STRING),
      own && measurementsOf(own, STRING),
    ]),
    ...codes,
    connection_failure: stateSymbol(CONNECTION_FAILURES, codes.connection_failure_code),
    disabled_reason: stateSymbol(DISABLED_REASONS, codes.disabled_reason_code),
    status: bitSymbols(STRING_STATUS, bits.status),
    contactors: bitSymbols(CONTACTORS, bits.contactors),
    events: bitSymbols(STRING_EVENTS, bits.events),
    events_2: bitSymbols(NO_SYMBOLS, bits.events_2),
    vendor_events_1: bitSymbols(NO_SYMBOLS, bits.vendor_events_1),
    vendor_events_2: bitSymbols(NO_SYMBOLS, bits.vendor_events_2),
    modules: own?.lithium_ion_string_module.map(moduleFields) ?? null,
  };
}

function moduleFields(points: ModulePoints, at: number): StorageModule {
  return {
    index: at + 1,
    ...codesOf(points, MODULE_CODES),
    ...measurementsOf(points, MODULE),
  };
}
