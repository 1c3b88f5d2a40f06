/**
 * The records whose fields are written directly from the values of a poll: inverters of
 * models 101-103 and 111-113, with at most one model 160, and meters.
 *
 * @module
 */

import { SCHEMAS } from "../../../models/avro/index.ts";
import { type DecodedModel, isModel, toNamed } from "../../sunspec/decode/decode.ts";
import type { ModelReading } from "../../sunspec/decode/model_reading.ts";
import { oncePerTable, type PointTable } from "../../sunspec/decode/point_table.ts";
import type { AvroWriter } from "../avro/avro_writer.ts";
import {
  type AvroField,
  type AvroRecord,
  type AvroType,
  ENVELOPE_FIELDS,
} from "../avro/schema.ts";
import { INVERTER_MAPPINGS, inverterRecord } from "../normalise/inverter.ts";
import { INPUT_MAPPINGS, portTypeOf } from "../normalise/inverter_inputs.ts";
import { isPlainInverter } from "../normalise/inverter_plain.ts";
import { isMeterModel, METER_MAPPINGS, meterRecord } from "../normalise/meter.ts";
import {
  fieldAt,
  type FieldFlag,
  fieldFlags,
  fieldsOf,
  listFlags,
  type PointFields,
} from "../normalise/point_fields.ts";
import {
  INPUT_EVENTS,
  INPUT_STATES,
  INVERTER_EVENTS,
  METER_EVENTS,
  OPERATING_STATES,
} from "../normalise/symbols.ts";
import type { FlatFields } from "../record.ts";
import {
  type FieldProgram,
  type FieldSources,
  type FieldStep,
  slotOf,
  stepOf,
  writeFields,
} from "./field_program.ts";

/** How the records of one inverter or meter are made. */
export interface FlatKind {
  readonly type: "NormalizedInverterData" | "NormalizedMeterData";
  readonly modelId: number;
  readonly stringsId: number | null;
  readonly program: FieldProgram;
  /** The fields by name, as the functions of `normalise` make them. */
  readonly fieldsOf: (readings: readonly ModelReading[]) => FlatFields["byName"];
  readonly flagsOf: (readings: readonly ModelReading[]) => FieldFlag[];
}

/** The fields of one record, from the readings of one poll. */
export function flatFields(
  kind: FlatKind,
  readings: readonly ModelReading[],
): FlatFields {
  return new ReadingFields(kind, readings);
}

class ReadingFields implements FlatFields {
  readonly modelId: number;
  readonly stringsId: number | null;
  readonly #kind: FlatKind;
  readonly #readings: readonly ModelReading[];
  #byName: FlatFields["byName"] | undefined;

  constructor(kind: FlatKind, readings: readonly ModelReading[]) {
    this.modelId = kind.modelId;
    this.stringsId = kind.stringsId;
    this.#kind = kind;
    this.#readings = readings;
  }

  get byName(): FlatFields["byName"] {
    return this.#byName ??= this.#kind.fieldsOf(this.#readings);
  }

  write(out: AvroWriter): void {
    writeFields(out, this.#kind.program, this.#readings);
  }
}

const METER_SYMBOLS = new Map([["events", METER_EVENTS]]);
const INVERTER_SYMBOLS = new Map([
  ["state", OPERATING_STATES],
  ["events", INVERTER_EVENTS],
]);
const INPUT_SYMBOLS = new Map([
  ["state", INPUT_STATES],
  ["events", INPUT_EVENTS],
  ["strings_events", INPUT_EVENTS],
]);

/** How the record of a meter with this table is made; devices of the same layout share it. */
export const flatMeter = oncePerTable(({ top, definition: { id } }): FlatKind => {
  const fields = fieldsOf(id, METER_MAPPINGS);
  const own: FieldSources = { model: 0, instance: top, fields, symbols: METER_SYMBOLS };
  return {
    type: "NormalizedMeterData",
    modelId: id,
    stringsId: null,
    program: ownFieldsOf("NormalizedMeterData").map((field) =>
      field.name === "sunspec_model_id" ? modelIdStep(id, false) : stepOf(field, own)
    ),
    fieldsOf: ([reading]) => reading === undefined ? {} : namedMeter(toNamed(reading)),
    flagsOf: ([reading]) => flagsOf(reading, fields),
  };
});

function namedMeter(model: DecodedModel): FlatFields["byName"] {
  return isMeterModel(model) ? { ...meterRecord(model).fields } : {};
}

const aloneOf = oncePerTable((inverter) => makeInverter(inverter, undefined));
const withInputsOf = oncePerTable(() => new WeakMap<PointTable, FlatKind>());

/**
 * How the record of an inverter is made; devices of the same layout share it.
 *
 * @param inputs the table of its model 160, if it has one.
 */
export function flatInverter(
  inverter: PointTable,
  inputs: PointTable | undefined,
): FlatKind {
  if (inputs === undefined) return aloneOf(inverter);
  const kinds = withInputsOf(inverter);
  const kind = kinds.get(inputs) ?? makeInverter(inverter, inputs);
  kinds.set(inputs, kind);
  return kind;
}

function makeInverter(
  { top, definition: { id } }: PointTable,
  inputs: PointTable | undefined,
): FlatKind {
  const fields = fieldsOf(id, INVERTER_MAPPINGS);
  const symbols = INVERTER_SYMBOLS;
  const own: FieldSources = { model: 0, instance: top, fields, symbols };
  return {
    type: "NormalizedInverterData",
    modelId: id,
    stringsId: inputs?.definition.id ?? null,
    program: ownFieldsOf("NormalizedInverterData").map((field) =>
      field.name === "sunspec_model_id"
        ? modelIdStep(id, false)
        : inputs === undefined
        ? stepOf(field, own)
        : inputStep(field, inputs) ?? stepOf(field, own)
    ),
    fieldsOf: ([reading, more]) =>
      reading === undefined ? {} : namedInverter(toNamed(reading), more),
    flagsOf: ([reading, more]) => [
      ...flagsOf(reading, fields),
      ...more === undefined || more.flags.length === 0
        ? []
        : listFlags([more], INPUT_MAPPINGS, () => 0),
    ],
  };
}

function namedInverter(
  model: DecodedModel,
  inputs: ModelReading | undefined,
): FlatFields["byName"] {
  if (!isPlainInverter(model)) return {};
  const views = inputs === undefined ? [] : [toNamed(inputs)];
  const { fields } = inverterRecord(model, {
    models: [model],
    inputs: views.filter((view) => isModel(view, 160)),
    ratings: [],
  });
  return { ...fields };
}

function modelIdStep(value: number, isOptional: boolean): FieldStep {
  return { kind: "constant", value, isOptional };
}

/** The step of a field that describes the inputs of an inverter; undefined = another field. */
function inputStep(
  { name, type }: AvroField,
  { top, definition: { id } }: PointTable,
): FieldStep | undefined {
  const fields = fieldsOf(id, INPUT_MAPPINGS);
  const shared = { model: 1, symbols: INPUT_SYMBOLS };
  switch (name) {
    case "strings_model_id":
      return modelIdStep(id, true);
    case "strings_events":
      return stepOf({ name, type }, { ...shared, instance: top, fields });
    case "strings": {
      const ofString = inputFields(fields);
      const instances = top.groups[top.group.groups.findIndex(isInputGroup)] ?? [];
      const items = instances.map((instance) =>
        itemFieldsOf(type).map((field) =>
          stringStep(field, { ...shared, instance, fields: ofString })
        )
      );
      return { kind: "list", items };
    }
  }
  return undefined;
}

const INPUT_GROUP = "module";

function isInputGroup({ name }: { readonly name: string }): boolean {
  return name === INPUT_GROUP;
}

/** The fields of one input, by the point in its group. */
function inputFields(fields: PointFields): PointFields {
  const prefix = `${INPUT_GROUP}.`;
  const place = "strings[].";
  return new Map(
    [...fields].filter(([path]) => path.startsWith(prefix))
      .map(([path, field]) => [path.slice(prefix.length), field.slice(place.length)]),
  );
}

/** 160 has no port types: that of a battery shows in the name of the input. */
function stringStep(field: AvroField, sources: FieldSources): FieldStep {
  const slot = slotOf(sources, "name");
  return field.name === "port_type" && slot !== undefined
    ? { kind: "derived", model: sources.model, slot, derive: portTypeOf }
    : stepOf(field, sources);
}

function flagsOf(reading: ModelReading | undefined, fields: PointFields): FieldFlag[] {
  if (reading === undefined || reading.flags.length === 0) return [];
  return fieldFlags(reading, (path) => fieldAt(fields, path));
}

/** The fields of a record after the envelope. */
function ownFieldsOf(type: FlatKind["type"]): readonly AvroField[] {
  // A built-in schema, so its JSON is valid.
  const schema: AvroRecord = JSON.parse(SCHEMAS[type].text);
  return schema.fields.slice(ENVELOPE_FIELDS);
}

/** The fields of the records in a list: the type is a union of null and an array of records. */
function itemFieldsOf(type: AvroType): readonly AvroField[] {
  if (typeof type === "string") return [];
  if (!("type" in type)) return type.flatMap(itemFieldsOf);
  if (type.type === "array") return itemFieldsOf(type.items);
  return type.type === "record" ? type.fields : [];
}
