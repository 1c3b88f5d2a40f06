/**
 * Weather stations: SunSpec models 302-308.
 *
 * @module
 */

import type {
  Inclination,
  Irradiance,
  ModuleTemperature,
  NormalizedEnvironmentDataFields,
} from "../../../models/avro/index.ts";
import type { ModelPoints } from "../../../models/index.ts";
import {
  type DecodedModel,
  isModel,
  type TypedModel,
} from "../../sunspec/decode/decode.ts";
import { idsOf, type ModelVariants } from "./instances.ts";
import {
  type FieldFlag,
  type FieldMapping,
  type GroupFields,
  listFlags,
  pointFields,
  sharedFieldFlags,
} from "./point_fields.ts";
import {
  coalesceFields,
  codeOf,
  fieldNames,
  type FieldTable,
  measurementsOf,
  textOf,
} from "./points.ts";

/** A model of a whole weather station. */
export type StationModel =
  | TypedModel<305>
  | TypedModel<306>
  | TypedModel<307>
  | TypedModel<308>;

/** A model that lists sensors of one kind. */
export type SensorModel = TypedModel<302> | TypedModel<303> | TypedModel<304>;

/** The ids of {@linkcode StationModel}. */
export const STATION_MODELS: ReadonlySet<number> = new Set([305, 306, 307, 308]);

/** The models of one station, each as a variant of its own; they complement each other. */
export const STATION_VARIANTS: ModelVariants = [...STATION_MODELS].map((id) =>
  new Set([id])
);

/** The ids of {@linkcode SensorModel}. */
export const SENSOR_MODELS: ReadonlySet<number> = new Set([302, 303, 304]);

type Field = keyof NormalizedEnvironmentDataFields;

const MET = [
  ["ambient_temp_c", "TmpAmb"],
  ["relative_humidity_pct", "RH"],
  ["air_pressure_hpa", "Pres"],
  ["wind_speed_m_s", "WndSpd"],
  ["wind_direction_deg", "WndDir"],
  ["rain_mm", "Rain"],
  ["snow_depth_mm", "Snw"],
  ["electric_field_v_m", "ElecFld"],
  ["surface_wetness_kohm", "SurWet"],
  ["soil_wetness_pct", "SoilWet"],
] as const satisfies FieldTable<Field, keyof ModelPoints[307]>;

const MINI_MET = [
  ["ghi_w_m2", "GHI"],
  ["module_temp_c", "TmpBOM"],
  ["ambient_temp_c", "TmpAmb"],
  ["wind_speed_m_s", "WndSpd"],
] as const satisfies FieldTable<Field, keyof ModelPoints[308]>;

const REFERENCE = [
  ["reference_ghi_w_m2", "GHI"],
  ["reference_current_a", "A"],
  ["reference_voltage_v", "V"],
  ["reference_temp_c", "Tmp"],
] as const satisfies FieldTable<Field, keyof ModelPoints[306]>;

const PLACE = [
  ["latitude_deg", "Lat"],
  ["longitude_deg", "Long"],
  ["altitude_m", "Alt"],
] as const satisfies FieldTable<Field, keyof ModelPoints[305]>;

const IRRADIANCE = [
  ["ghi_w_m2", "GHI"],
  ["poa_w_m2", "POAI"],
  ["diffuse_w_m2", "DFI"],
  ["dni_w_m2", "DNI"],
  ["other_w_m2", "OTI"],
] as const satisfies FieldTable<
  keyof Irradiance,
  keyof ModelPoints[302]["repeating"][number]
>;

const MODULE_TEMP = [["temp_c", "TmpBOM"]] as const satisfies FieldTable<
  keyof ModuleTemperature,
  keyof ModelPoints[303]["temp"][number]
>;

const INCLINATION = [
  ["x_deg", "Inclx"],
  ["y_deg", "Incly"],
  ["z_deg", "Inclz"],
] as const satisfies FieldTable<
  keyof Inclination,
  keyof ModelPoints[304]["incl"][number]
>;

const MEASUREMENTS = fieldNames(MET, MINI_MET, REFERENCE, PLACE);

/** The field mappings of a weather station's record. */
export const ENVIRONMENT_MAPPINGS: readonly FieldMapping[] = [
  mapping(302, { group: "repeating", place: "irradiances[]", tables: [IRRADIANCE] }),
  mapping(303, { group: "temp", place: "module_temps[]", tables: [MODULE_TEMP] }),
  mapping(304, { group: "incl", place: "inclinations[]", tables: [INCLINATION] }),
  mapping(305, {
    group: "",
    place: "",
    tables: [PLACE, [["location", "Loc"], ["gps_time", "Tm"], ["gps_date", "Date"]]],
  }),
  mapping(306, { group: "", place: "", tables: [REFERENCE] }),
  mapping(307, {
    group: "",
    place: "",
    tables: [MET, [["precipitation_type_code", "PPT"]]],
  }),
  mapping(308, { group: "", place: "", tables: [MINI_MET] }),
];

function mapping(id: number, group: GroupFields): FieldMapping {
  return { models: [id], fields: pointFields(group) };
}

/** Whether a model describes a whole weather station. */
export function isStationModel(model: DecodedModel): model is StationModel {
  return STATION_MODELS.has(model.id);
}

/** Whether a model lists sensors of a weather station. */
export function isSensorModel(model: DecodedModel): model is SensorModel {
  return SENSOR_MODELS.has(model.id);
}

/** The fields of a weather station's record, and the flags on them. */
export function environmentRecord(
  station: readonly StationModel[],
  sensors: readonly SensorModel[],
): { readonly fields: NormalizedEnvironmentDataFields; readonly flags: FieldFlag[] } {
  const listed: Sensors = {
    irradiances: sensors.filter((model) => isModel(model, 302)),
    temps: sensors.filter((model) => isModel(model, 303)),
    inclinations: sensors.filter((model) => isModel(model, 304)),
  };
  const { irradiances, temps, inclinations } = listed;
  const fields = environmentFields(station, listed);
  return {
    fields,
    flags: [
      ...station.flatMap((model) =>
        sharedFieldFlags(model, ENVIRONMENT_MAPPINGS, fields)
      ),
      ...sensorFlags(irradiances, ({ points }) => points.repeating.length),
      ...sensorFlags(temps, ({ points }) => points.temp.length),
      ...sensorFlags(inclinations, ({ points }) => points.incl.length),
    ],
  };
}

interface Sensors {
  readonly irradiances: readonly TypedModel<302>[];
  readonly temps: readonly TypedModel<303>[];
  readonly inclinations: readonly TypedModel<304>[];
}

function environmentFields(
  station: readonly StationModel[],
  { irradiances, temps, inclinations }: Sensors,
): NormalizedEnvironmentDataFields {
  const place = station.find((model) => isModel(model, 305))?.points;
  const reference = station.find((model) => isModel(model, 306))?.points;
  const met = station.find((model) => isModel(model, 307))?.points;
  const mini = station.find((model) => isModel(model, 308))?.points;
  const sets = irradiances.flatMap(({ points }) => points.repeating);
  const backs = temps.flatMap(({ points }) => points.temp);
  const angles = inclinations.flatMap(({ points }) => points.incl);
  return {
    sunspec_model_ids: idsOf([...station, ...irradiances, ...temps, ...inclinations]),
    ...coalesceFields(MEASUREMENTS, [
      met && measurementsOf(met, MET),
      mini && measurementsOf(mini, MINI_MET),
      reference && measurementsOf(reference, REFERENCE),
      place && measurementsOf(place, PLACE),
    ]),
    precipitation_type_code: met === undefined ? null : codeOf(met, "PPT"),
    location: place === undefined ? null : textOf(place, "Loc"),
    gps_time: place === undefined ? null : textOf(place, "Tm"),
    gps_date: place === undefined ? null : textOf(place, "Date"),
    // A model without sensors gives an empty list; without a model the list is null.
    irradiances: irradiances.length === 0
      ? null
      : sets.map((one) => measurementsOf(one, IRRADIANCE)),
    module_temps: temps.length === 0
      ? null
      : backs.map((one) => measurementsOf(one, MODULE_TEMP)),
    inclinations: inclinations.length === 0
      ? null
      : angles.map((one) => measurementsOf(one, INCLINATION)),
  };
}

function sensorFlags<M extends SensorModel>(
  models: readonly M[],
  lengthOf: (model: M) => number,
): FieldFlag[] {
  return listFlags(models, ENVIRONMENT_MAPPINGS, lengthOf);
}
