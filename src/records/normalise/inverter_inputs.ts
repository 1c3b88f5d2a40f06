/**
 * The inputs of an inverter: SunSpec model 160 (MPPT inputs) or 714 (DC ports).
 *
 * @module
 */

import type {
  InverterString,
  NormalizedInverterDataFields,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import {
  type DecodedModel,
  isModel,
  type TypedModel,
} from "../../sunspec/decode/decode.ts";
import { ALARMED_PORTS, ESS_PORT, PORT_STATES, PORT_TYPES } from "./der_symbols.ts";
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
  textOf,
} from "./points.ts";
import {
  bitSymbols,
  INPUT_EVENTS,
  INPUT_STATES,
  stateSymbol,
  type Symbols,
} from "./symbols.ts";

/** The MPPT extension model. */
export type MpptModel = TypedModel<160>;

/** The DC measurement model (DC ports). */
export type PortModel = TypedModel<714>;

type Input = ModelPoints[160]["module"][number];
type Port = ModelPoints[714]["Prt"][number];

const INPUT_MEASUREMENTS = [
  ["dc_current_a", "DCA"],
  ["dc_voltage_v", "DCV"],
  ["dc_power_w", "DCW"],
  ["dc_energy_wh", "DCWH"],
  ["temp_c", "Tmp"],
] as const satisfies FieldTable<keyof InverterString, keyof Input>;

const PORT_MEASUREMENTS = [
  ["dc_current_a", "DCA"],
  ["dc_voltage_v", "DCV"],
  ["dc_power_w", "DCW"],
  ["dc_energy_wh", "DCWhInj"],
  ["dc_absorbed_energy_wh", "DCWhAbs"],
  ["temp_c", "Tmp"],
] as const satisfies FieldTable<keyof InverterString, keyof Port>;

/** Totals over all ports, which feed the inverter's own fields. */
export const PORT_TOTALS = [
  ["dc_current_a", "DCA"],
  ["dc_power_w", "DCW"],
  ["dc_injected_energy_wh", "DCWhInj"],
  ["dc_absorbed_energy_wh", "DCWhAbs"],
] as const satisfies FieldTable<
  keyof NormalizedInverterDataFields,
  keyof ModelPoints[714]
>;

/** The field mappings of 160 and 714. */
export const INPUT_MAPPINGS: readonly FieldMapping[] = [
  {
    models: [160],
    fields: pointFields(
      { group: "", place: "", tables: [[["strings_events", "Evt"]]] },
      {
        group: "module",
        place: "strings[]",
        tables: [INPUT_MEASUREMENTS, [
          ["id", "ID"],
          ["name", "IDStr"],
          ["state_code", "DCSt"],
          ["events", "DCEvt"],
        ]],
      },
    ),
  },
  {
    models: [714],
    fields: pointFields(
      {
        group: "",
        place: "",
        tables: [PORT_TOTALS, [["strings_events", "PrtAlrms"]]],
      },
      {
        group: "Prt",
        place: "strings[]",
        tables: [PORT_MEASUREMENTS, [
          ["port_type_code", "PrtTyp"],
          ["id", "ID"],
          ["name", "IDStr"],
          ["state_code", "DCSta"],
          ["events", "DCAlrm"],
        ]],
      },
    ),
  },
];

/** The fields of an inverter's record that describe its inputs. */
export type InputFields = Pick<
  NormalizedInverterDataFields,
  "strings_model_id" | "strings_events" | "strings"
>;

/** Ids of the models that describe DC inputs. */
export const INPUT_MODELS: ReadonlySet<number> = new Set([160, 714]);

/** Whether a model describes DC inputs. */
export function isInputModel(model: DecodedModel): model is MpptModel | PortModel {
  return INPUT_MODELS.has(model.id);
}

/**
 * The inputs of an inverter, and the flags on them. 160 and 714 describe the same
 * inputs: 714 is used if there is no 160, or if 160 has no measurement.
 */
export function inverterInputs(
  models: readonly (MpptModel | PortModel)[],
): { readonly strings: InputFields; readonly flags: FieldFlag[] } {
  const inputs = models.filter((model) => isModel(model, 160));
  const ports = models.filter((model) => isModel(model, 714));
  return ports.length > 0 && !inputs.some(hasMeasurement)
    ? ofPorts(ports)
    : ofInputs(inputs);
}

function hasMeasurement({ points }: MpptModel): boolean {
  return points.module.some((input) =>
    INPUT_MEASUREMENTS.some(([, point]) => numberOf(input, point) !== null)
  );
}

function ofInputs(
  models: readonly MpptModel[],
): { readonly strings: InputFields; readonly flags: FieldFlag[] } {
  const none = models.length === 0;
  return {
    strings: {
      strings_model_id: none ? null : 160,
      strings_events: eventsOf(
        INPUT_EVENTS,
        models.map(({ points }) => bitfieldOf(points, "Evt")),
      ),
      strings: none ? null : models.flatMap(({ points }) => points.module.map(inputOf)),
    },
    flags: listFlags(models, INPUT_MAPPINGS, ({ points }) => points.module.length),
  };
}

function ofPorts(
  models: readonly PortModel[],
): { readonly strings: InputFields; readonly flags: FieldFlag[] } {
  return {
    strings: {
      strings_model_id: 714,
      strings_events: eventsOf(
        ALARMED_PORTS,
        models.map(({ points }) => bitfieldOf(points, "PrtAlrms")),
      ),
      strings: models.flatMap(({ points }) => points.Prt.map(portOf)),
    },
    flags: listFlags(models, INPUT_MAPPINGS, ({ points }) => points.Prt.length),
  };
}

function inputOf(points: Input): InverterString {
  const state = codeOf(points, "DCSt");
  return {
    id: codeOf(points, "ID"),
    name: textOf(points, "IDStr"),
    ...measurementsOf(points, INPUT_MEASUREMENTS),
    state: stateSymbol(INPUT_STATES, state),
    state_code: state,
    events: bitSymbols(INPUT_EVENTS, bitfieldOf(points, "DCEvt")),
    port_type: portTypeOf(textOf(points, "IDStr")),
    port_type_code: null,
    dc_absorbed_energy_wh: null,
  };
}

/** The port type of a battery, in the symbols of 714. */
const STORAGE_PORT = PORT_TYPES.get(ESS_PORT) ?? null;

/**
 * Names of the modules that hybrid inverters add to model 160 for their battery, such as
 * `StCha 3` and `StDisCha 4` (Fronius). 160 has no other sign of them.
 */
const STORAGE_NAME =
  /(?<![a-z])(?:st)?(?:dis)?cha(?:r?ge?|rging)?(?![a-z])|(?<![a-z])bat(?:t|tery)?(?![a-z])/i;

/** The port type of an input of model 160, by its name; null = the name shows none. */
export function portTypeOf(name: string | null): string | null {
  return name !== null && STORAGE_NAME.test(name) ? STORAGE_PORT : null;
}

function portOf(points: Port): InverterString {
  const state = codeOf(points, "DCSta");
  const type = codeOf(points, "PrtTyp");
  return {
    id: codeOf(points, "ID"),
    name: textOf(points, "IDStr"),
    ...measurementsOf(points, PORT_MEASUREMENTS),
    state: stateSymbol(PORT_STATES, state),
    state_code: state,
    events: bitSymbols(INPUT_EVENTS, bitfieldOf(points, "DCAlrm")),
    port_type: stateSymbol(PORT_TYPES, type),
    port_type_code: type,
  };
}

/** The events of all models without duplicates; null if no model implements them. */
function eventsOf(
  names: Symbols,
  bitfields: readonly (number | bigint | null)[],
): readonly string[] | null {
  const lists = bitfields.map((bits) => bitSymbols(names, bits)).filter((list) =>
    list !== null
  );
  return lists.length === 0 ? null : [...new Set(lists.flat())];
}
