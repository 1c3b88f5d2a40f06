/**
 * Inverters: SunSpec models 101-103 (integers), 111-113 (floats), and the MPPT
 * inputs of model 160.
 *
 * @module
 */

import type {
  InverterString,
  NormalizedInverterDataFields,
} from "../../models/avro/index.ts";
import type { ModelPoints } from "../../models/index.ts";
import { type DecodedModel, isModel, type TypedModel } from "../sunspec/decode.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  listFlags,
  pointFields,
  type Sources,
} from "./point_fields.ts";
import {
  bitsOf,
  codeOf,
  type FieldTable,
  measurementsOf,
  numberOf,
  textOf,
} from "./points.ts";
import {
  bitNames,
  INPUT_EVENTS,
  INPUT_STATES,
  INVERTER_EVENTS,
  NO_NAMES,
  OPERATING_STATES,
  stateName,
} from "./symbols.ts";

/** A model that speaks of an inverter as a whole. */
export type InverterModel = TypedModel<101 | 102 | 103 | 111 | 112 | 113>;

/** A model that speaks of an inverter's MPPT inputs. */
export type InputModel = TypedModel<160>;

/** Inverters in integers. */
export const INTEGER_INVERTERS: ReadonlySet<number> = new Set([101, 102, 103]);

/** Inverters in floats. */
export const FLOAT_INVERTERS: ReadonlySet<number> = new Set([111, 112, 113]);

/** The ids of {@linkcode InputModel}. */
export const INPUT_MODELS: ReadonlySet<number> = new Set([160]);

/** Which field takes which point of 101-103 and 111-113. */
const INVERTER_MEASUREMENTS = [
  ["ac_current_a", "A"],
  ["phase_a_current_a", "AphA"],
  ["phase_b_current_a", "AphB"],
  ["phase_c_current_a", "AphC"],
  ["phase_ab_voltage_v", "PPVphAB"],
  ["phase_bc_voltage_v", "PPVphBC"],
  ["phase_ca_voltage_v", "PPVphCA"],
  ["phase_an_voltage_v", "PhVphA"],
  ["phase_bn_voltage_v", "PhVphB"],
  ["phase_cn_voltage_v", "PhVphC"],
  ["ac_power_w", "W"],
  ["frequency_hz", "Hz"],
  ["ac_apparent_power_va", "VA"],
  ["ac_reactive_power_var", "VAr"],
  ["power_factor_pct", "PF"],
  ["ac_energy_wh", "WH"],
  ["dc_current_a", "DCA"],
  ["dc_voltage_v", "DCV"],
  ["dc_power_w", "DCW"],
  ["cabinet_temp_c", "TmpCab"],
  ["heat_sink_temp_c", "TmpSnk"],
  ["transformer_temp_c", "TmpTrns"],
  ["other_temp_c", "TmpOt"],
] as const satisfies FieldTable<
  keyof NormalizedInverterDataFields,
  keyof InverterModel["points"]
>;

type Input = ModelPoints[160]["module"][number];

const INPUT_MEASUREMENTS = [
  ["dc_current_a", "DCA"],
  ["dc_voltage_v", "DCV"],
  ["dc_power_w", "DCW"],
  ["dc_energy_wh", "DCWH"],
  ["temp_c", "Tmp"],
] as const satisfies FieldTable<keyof InverterString, keyof Input>;

/** Which field takes which point of an inverter's model. */
const INVERTER_SOURCES: Sources = {
  models: [...INTEGER_INVERTERS, ...FLOAT_INVERTERS],
  fields: pointFields({
    group: "",
    place: "",
    tables: [INVERTER_MEASUREMENTS, [
      ["state", "St"],
      ["vendor_state_code", "StVnd"],
      ["events", "Evt1"],
      ["events_2", "Evt2"],
      ["vendor_events_1", "EvtVnd1"],
      ["vendor_events_2", "EvtVnd2"],
      ["vendor_events_3", "EvtVnd3"],
      ["vendor_events_4", "EvtVnd4"],
    ]],
  }),
};

/** Which field takes which point of an MPPT inputs' model. */
const INPUT_SOURCES: Sources = {
  models: [160],
  fields: pointFields(
    { group: "", place: "", tables: [[["strings_events", "Evt"]]] },
    {
      group: "module",
      place: "strings[]",
      tables: [INPUT_MEASUREMENTS, [
        ["id", "ID"],
        ["name", "IDStr"],
        ["state", "DCSt"],
        ["events", "DCEvt"],
      ]],
    },
  ),
};

/** Which field takes which point. */
export const INVERTER_RECORD_SOURCES: readonly Sources[] = [
  INVERTER_SOURCES,
  INPUT_SOURCES,
];

/** Whether a model speaks of an inverter as a whole. */
export function isInverterModel(model: DecodedModel): model is InverterModel {
  return INTEGER_INVERTERS.has(model.id) || FLOAT_INVERTERS.has(model.id);
}

/** Whether a model speaks of MPPT inputs. */
export function isInputModel(model: DecodedModel): model is InputModel {
  return isModel(model, 160);
}

/** True if the model gives not one measurement. */
export function isEmptyInverter(model: InverterModel): boolean {
  return INVERTER_MEASUREMENTS.every(([, point]) =>
    numberOf(model.points, point) === null
  );
}

/** The fields of an inverter's record, and the flags on them. */
export function inverterRecord(
  model: InverterModel,
  inputs: readonly InputModel[],
): { readonly fields: NormalizedInverterDataFields; readonly flags: FieldFlag[] } {
  const { points } = model;
  const state = codeOf(points, "St");
  return {
    fields: {
      sunspec_model_id: model.id,
      ...measurementsOf(points, INVERTER_MEASUREMENTS),
      state: stateName(OPERATING_STATES, state),
      state_code: state,
      vendor_state_code: codeOf(points, "StVnd"),
      events: bitNames(INVERTER_EVENTS, bitsOf(points, "Evt1")),
      events_2: bitNames(NO_NAMES, bitsOf(points, "Evt2")),
      vendor_events_1: bitNames(NO_NAMES, bitsOf(points, "EvtVnd1")),
      vendor_events_2: bitNames(NO_NAMES, bitsOf(points, "EvtVnd2")),
      vendor_events_3: bitNames(NO_NAMES, bitsOf(points, "EvtVnd3")),
      vendor_events_4: bitNames(NO_NAMES, bitsOf(points, "EvtVnd4")),
      strings_events: inputEvents(inputs),
      strings: inputs.length === 0
        ? null
        : inputs.flatMap((input) => input.points.module.map(inputFields)),
    },
    flags: [
      ...fieldFlags(model, (path) => fieldAt(INVERTER_SOURCES.fields, path)),
      ...listFlags(
        inputs,
        INVERTER_RECORD_SOURCES,
        ({ points }) => points.module.length,
      ),
    ],
  };
}

function inputFields(points: Input): InverterString {
  const state = codeOf(points, "DCSt");
  return {
    id: codeOf(points, "ID"),
    name: textOf(points, "IDStr"),
    ...measurementsOf(points, INPUT_MEASUREMENTS),
    state: stateName(INPUT_STATES, state),
    state_code: state,
    events: bitNames(INPUT_EVENTS, bitsOf(points, "DCEvt")),
  };
}

/** The events of all input models, each once; null if none implements them. */
function inputEvents(inputs: readonly InputModel[]): readonly string[] | null {
  const lists = inputs.map((input) =>
    bitNames(INPUT_EVENTS, bitsOf(input.points, "Evt"))
  )
    .filter((list) => list !== null);
  return lists.length === 0 ? null : [...new Set(lists.flat())];
}
