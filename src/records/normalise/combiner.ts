/**
 * String combiners: SunSpec models 401, 403 (currents) and 402, 404 (currents,
 * voltages, power and energy).
 *
 * @module
 */

import type {
  CombinerString,
  NormalizedCombinerDataFields,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import { createRecordTemplate } from "../../base/record_template.ts";
import type { DecodedModel, TypedModel } from "../../sunspec/decode/decode.ts";
import {
  type FieldFlag,
  type FieldMapping,
  listFlags,
  pointFields,
} from "./point_fields.ts";
import {
  bitfieldOf,
  codeOf,
  type FieldTable,
  measurementsOf,
  numberOf,
} from "./points.ts";
import { bitSymbols, COMBINER_EVENTS, NO_SYMBOLS } from "./symbols.ts";

type BasicModel = TypedModel<401 | 403>;
type AdvancedModel = TypedModel<402> | TypedModel<404>;

/** A combiner model. */
export type CombinerModel = BasicModel | AdvancedModel;

/** The ids of the combiner models with currents only. */
export const BASIC_COMBINERS: ReadonlySet<number> = new Set([401, 403]);

/** The ids of the combiner models with power and energy. */
export const ADVANCED_COMBINERS: ReadonlySet<number> = new Set([402, 404]);

type Field = keyof NormalizedCombinerDataFields;
type StringField = keyof CombinerString;

const BASIC = [
  ["dc_current_a", "DCA"],
  ["dc_charge_ah", "DCAhr"],
  ["dc_voltage_v", "DCV"],
  ["max_dc_current_a", "DCAMax"],
  ["internal_temp_c", "Tmp"],
] as const satisfies FieldTable<Field, keyof ModelPoints[401 | 402 | 403 | 404]>;

const ADVANCED = [
  ...BASIC,
  ["dc_power_w", "DCW"],
  ["dc_energy_wh", "DCWh"],
  ["performance_ratio_pct", "DCPR"],
] as const satisfies FieldTable<Field, keyof ModelPoints[402 | 404]>;

const BASIC_STRING = [
  ["dc_current_a", "InDCA"],
  ["dc_charge_ah", "InDCAhr"],
] as const satisfies FieldTable<StringField, keyof StringPoints<401 | 402 | 403 | 404>>;

const ADVANCED_STRING = [
  ...BASIC_STRING,
  ["dc_voltage_v", "InDCV"],
  ["dc_power_w", "InDCW"],
  ["dc_energy_wh", "InDCWh"],
  ["performance_ratio_pct", "InDCPR"],
] as const satisfies FieldTable<StringField, keyof StringPoints<402 | 404>>;

type StringPoints<Id extends 401 | 402 | 403 | 404> = ModelPoints[Id]["string"][number];

/** The field mappings of a combiner's record. */
export const COMBINER_MAPPINGS: readonly FieldMapping[] = [
  mapping([401, 403], BASIC, [...BASIC_STRING, ["vendor_events", "InEvtVnd"]]),
  mapping([402], ADVANCED, [
    ...ADVANCED_STRING,
    ["module_count", "InN"],
    ["vendor_events", "EvtVnd"],
  ]),
  mapping([404], ADVANCED, [
    ...ADVANCED_STRING,
    ["module_count", "InN"],
    ["vendor_events", "InEvtVnd"],
  ]),
];

function mapping(
  models: readonly number[],
  top: FieldTable<Field, string>,
  string: FieldTable<StringField, string>,
): FieldMapping {
  return {
    models,
    fields: pointFields(
      {
        group: "",
        place: "",
        tables: [top, [["events", "Evt"], ["vendor_events", "EvtVnd"]]],
      },
      {
        group: "string",
        place: "strings[]",
        tables: [string, [["id", "InID"], ["events", "InEvt"]]],
      },
    ),
  };
}

/** Whether a model is a combiner model. */
export function isCombinerModel(model: DecodedModel): model is CombinerModel {
  return BASIC_COMBINERS.has(model.id) || ADVANCED_COMBINERS.has(model.id);
}

/** Whether a model has no measurement. */
export function isEmptyCombiner(model: CombinerModel): boolean {
  return BASIC.every(([, point]) => numberOf(model.points, point) === null);
}

/** The fields of a combiner's record, and the flags on them. */
export function combinerRecord(
  model: CombinerModel,
): { readonly fields: NormalizedCombinerDataFields; readonly flags: FieldFlag[] } {
  return {
    fields: {
      sunspec_model_id: model.id,
      ...measurements(model),
      events: bitSymbols(COMBINER_EVENTS, bitfieldOf(model.points, "Evt")),
      vendor_events: bitSymbols(NO_SYMBOLS, bitfieldOf(model.points, "EvtVnd")),
      strings: strings(model),
    },
    flags: listFlags([model], COMBINER_MAPPINGS, ({ points }) => points.string.length),
  };
}

const NO_POWER = createRecordTemplate([
  "dc_power_w",
  "dc_energy_wh",
  "performance_ratio_pct",
]);

function measurements(
  model: CombinerModel,
): Omit<
  NormalizedCombinerDataFields,
  "sunspec_model_id" | "events" | "vendor_events" | "strings"
> {
  return isAdvanced(model)
    ? measurementsOf<typeof ADVANCED[number][0], ModelPoints[402 | 404]>(
      model.points,
      ADVANCED,
    )
    : { ...measurementsOf(model.points, BASIC), ...NO_POWER };
}

function strings(model: CombinerModel): CombinerString[] {
  switch (model.id) {
    case 402:
      return model.points.string.map((points) =>
        advancedString(points, bitfieldOf(points, "EvtVnd"))
      );
    case 404:
      return model.points.string.map((points) =>
        advancedString(points, bitfieldOf(points, "InEvtVnd"))
      );
    default:
      return model.points.string.map((points) => ({
        ...measurementsOf(points, BASIC_STRING),
        ...NO_POWER,
        dc_voltage_v: null,
        module_count: null,
        id: codeOf(points, "InID"),
        events: bitSymbols(COMBINER_EVENTS, bitfieldOf(points, "InEvt")),
        vendor_events: bitSymbols(NO_SYMBOLS, bitfieldOf(points, "InEvtVnd")),
      }));
  }
}

function advancedString(
  points: StringPoints<402 | 404>,
  vendorEvents: number | bigint | null,
): CombinerString {
  return {
    ...measurementsOf<typeof ADVANCED_STRING[number][0], StringPoints<402 | 404>>(
      points,
      ADVANCED_STRING,
    ),
    module_count: codeOf(points, "InN"),
    id: codeOf(points, "InID"),
    events: bitSymbols(COMBINER_EVENTS, bitfieldOf(points, "InEvt")),
    vendor_events: bitSymbols(NO_SYMBOLS, vendorEvents),
  };
}

function isAdvanced(model: CombinerModel): model is AdvancedModel {
  return ADVANCED_COMBINERS.has(model.id);
}
