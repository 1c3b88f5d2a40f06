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
import type { KindModels } from "./instances.ts";
import {
  bitsOf,
  codeOf,
  type FieldFlag,
  fieldFlags,
  type FieldTable,
  measurementsOf,
  numberOf,
  splitGroupPath,
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

/** The ids of {@linkcode InverterModel}. */
export const INVERTER_MODELS: KindModels = {
  integer: new Set([101, 102, 103]),
  float: new Set([111, 112, 113]),
};

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

const FIELD_OF_POINT: ReadonlyMap<string, string> = new Map<string, string>([
  ...INVERTER_MEASUREMENTS.map(([field, point]): [string, string] => [point, field]),
  ["St", "state"],
  ["StVnd", "vendor_state_code"],
  ["Evt1", "events"],
  ["Evt2", "events_2"],
  ["EvtVnd1", "vendor_events_1"],
  ["EvtVnd2", "vendor_events_2"],
  ["EvtVnd3", "vendor_events_3"],
  ["EvtVnd4", "vendor_events_4"],
]);

const FIELD_OF_INPUT_POINT: ReadonlyMap<string, string> = new Map<string, string>([
  ...INPUT_MEASUREMENTS.map(([field, point]): [string, string] => [point, field]),
  ["ID", "id"],
  ["IDStr", "name"],
  ["DCSt", "state"],
  ["DCEvt", "events"],
]);

/** Whether a model speaks of an inverter as a whole. */
export function isInverterModel(model: DecodedModel): model is InverterModel {
  return INVERTER_MODELS.integer.has(model.id) || INVERTER_MODELS.float.has(model.id);
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
      ...fieldFlags(model, (path) => FIELD_OF_POINT.get(path)),
      ...inputFlags(inputs),
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

/** Flags of input models; `strings[3]` counts from 0 over all of them, as the record does. */
function inputFlags(inputs: readonly InputModel[]): FieldFlag[] {
  let before = 0;
  return inputs.flatMap((input) => {
    const first = before;
    before += input.points.module.length;
    return fieldFlags(input, (path) => {
      if (path === "Evt") return "strings_events";
      const at = splitGroupPath(path);
      const field = at && at.group === "module" && FIELD_OF_INPUT_POINT.get(at.point);
      return field ? `strings[${first + at.index}].${field}` : undefined;
    });
  });
}
