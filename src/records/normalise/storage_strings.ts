/**
 * The strings of a lithium-ion bank: SunSpec model 803, and what model 804 adds
 * to each of them.
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
  pointFields,
  type Sources,
} from "./point_fields.ts";
import {
  bitfieldsOf,
  codeOf,
  codesOf,
  fieldNames,
  type FieldTable,
  firstOf,
  measurementsOf,
} from "./points.ts";
import {
  CONNECTION_FAILURES,
  CONTACTORS,
  DISABLED_REASONS,
  STRING_EVENTS,
  STRING_STATUS,
} from "./storage_symbols.ts";
import { bitNames, NO_NAMES, stateName } from "./symbols.ts";

/** A model that lists the strings of a bank. */
export type BankModel = TypedModel<803>;

/** A model of one string. */
export type StringModel = TypedModel<804>;

type BankString = ModelPoints[803]["string"][number];
type StringPoints = ModelPoints[804];
type ModulePoints = StringPoints["lithium_ion_string_module"][number];

/** Measurements of a string in 803 ... */
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

/** ... and in 804. */
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

const MEASURES = fieldNames(STRING);
const CODES = fieldNames(BANK_STRING_CODES, STRING_CODES);
const BITS = fieldNames(STRING_BITS);

/** Which field takes which point of a string in 803. */
export const BANK_STRING_FIELDS = {
  group: "string",
  place: "strings[]",
  tables: [BANK_STRING, BANK_STRING_CODES, BANK_STRING_BITS],
};

/** Which field takes which point of 804. */
export const STRING_SOURCES: Sources = {
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

/** One string: what 803 says of it, what 804 says, or both. */
interface Known {
  readonly index: number;
  readonly inBank: BankString | undefined;
  readonly model: StringModel | undefined;
}

/** The strings of a bank, and the flags on those that have a model of their own. */
export function storageStrings(
  bank: BankModel | undefined,
  models: readonly StringModel[],
): { readonly strings: StorageString[] | null; readonly flags: FieldFlag[] } {
  const known = collect(bank?.points.string ?? [], models);
  return {
    strings: bank === undefined && models.length === 0 ? null : known.map(stringFields),
    flags: known.flatMap(({ model }, at) =>
      model === undefined ? [] : fieldFlags(
        model,
        (path) => fieldAt(STRING_SOURCES.fields, path, [at]),
      )
    ),
  };
}

/** Finds to each string of 803 its model 804; one that has none is a string of its own. */
function collect(
  inBank: readonly BankString[],
  models: readonly StringModel[],
): Known[] {
  const known: Known[] = inBank.map((points, at) => ({
    index: at + 1,
    inBank: points,
    model: undefined,
  }));
  models.forEach((model, nth) => {
    const index = codeOf(model.points, "Idx") ?? nth + 1;
    const at = known.findIndex((one) => one.index === index && !one.model);
    if (at < 0) known.push({ index, inBank: undefined, model });
    else known.splice(at, 1, { index, inBank: known[at]?.inBank, model });
  });
  return known.toSorted((one, other) => one.index - other.index);
}

function stringFields({ index, inBank, model }: Known): StorageString {
  const own = model?.points;
  const codes = firstOf(CODES, [
    inBank && codesOf(inBank, BANK_STRING_CODES),
    own && codesOf(own, STRING_CODES),
  ]);
  const bits = firstOf(BITS, [
    inBank && bitfieldsOf(inBank, BANK_STRING_BITS),
    own && bitfieldsOf(own, STRING_BITS),
  ]);
  return {
    index,
    ...firstOf(MEASURES, [
      inBank && measurementsOf(inBank, BANK_STRING),
      own && measurementsOf(own, STRING),
    ]),
    ...codes,
    connection_failure: stateName(CONNECTION_FAILURES, codes.connection_failure_code),
    disabled_reason: stateName(DISABLED_REASONS, codes.disabled_reason_code),
    status: bitNames(STRING_STATUS, bits.status),
    contactors: bitNames(CONTACTORS, bits.contactors),
    events: bitNames(STRING_EVENTS, bits.events),
    events_2: bitNames(NO_NAMES, bits.events_2),
    vendor_events_1: bitNames(NO_NAMES, bits.vendor_events_1),
    vendor_events_2: bitNames(NO_NAMES, bits.vendor_events_2),
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
