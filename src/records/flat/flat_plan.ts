/**
 * Decides once per layout which records of a device are written directly, and makes their
 * drafts from the readings of each poll. The other records are made by
 * `normalise/normalise.ts`: those of inverters with a 701, a 714, several variants or
 * ratings in the poll, of meters with several variants, and of all other devices.
 *
 * @module
 */

import { toNamed } from "../../sunspec/decode/decode.ts";
import type { ModelReading } from "../../sunspec/decode/model_reading.ts";
import type { PointTable } from "../../sunspec/decode/point_table.ts";
import { type PollContext, recordSource } from "../draft.ts";
import { assignExtensions, findInstances } from "../normalise/instances.ts";
import { INPUT_MODELS } from "../normalise/inverter_inputs.ts";
import { FLOAT_INVERTERS, INTEGER_INVERTERS } from "../normalise/inverter_plain.ts";
import { RATING_MODELS } from "../normalise/inverter_ratings.ts";
import { FLOAT_METERS, INTEGER_METERS } from "../normalise/meter.ts";
import {
  inverterDrafts,
  meterDrafts,
  type NormaliseOptions,
  otherDrafts,
  subDeviceId,
  variantOrder,
  wiringOf,
} from "../normalise/normalise.ts";
import { DER_MODEL, NORMALISED_MODELS } from "../normalise/normalised_models.ts";
import { type Draft, flatDraft } from "../record.ts";
import { flatFields, flatInverter, type FlatKind, flatMeter } from "./flat_record.ts";

/** Makes the normalised drafts of one device or part, poll by poll. */
export interface FlatNormaliser {
  /** The drafts of one poll, inverters first: the same that `normalise` makes. */
  normalise(
    context: PollContext,
    readings: readonly ModelReading[],
    options?: NormaliseOptions,
  ): Draft[];
}

/** One record that is written directly. */
interface FlatRecord {
  readonly kind: FlatKind;
  /** Indexes of its readings. */
  readonly from: readonly number[];
}

/** The records of one layout; null = they are made by name. */
interface FlatPlan {
  readonly tables: readonly PointTable[];
  readonly prefer: NormaliseOptions["prefer"];
  readonly inverters: readonly FlatRecord[] | null;
  readonly meters: readonly FlatRecord[] | null;
  /** Whether there are models of other devices. */
  readonly hasOthers: boolean;
}

/** Creates a normaliser. */
export function createFlatNormaliser(): FlatNormaliser {
  let last: FlatPlan | undefined;
  return {
    normalise(context, readings, options = {}) {
      if (last === undefined || !appliesTo(last, readings, options)) {
        last = planRecords(readings, options);
      }
      const { inverters, meters, hasOthers } = last;
      const needsNames = inverters === null || meters === null || hasOthers;
      const models = needsNames ? readings.map(toNamed) : [];
      return [
        ...inverters === null
          ? inverterDrafts(context, models, options)
          : flatDrafts(context, inverters, readings),
        ...meters === null
          ? meterDrafts(context, models, options)
          : flatDrafts(context, meters, readings),
        ...hasOthers ? otherDrafts(context, models) : [],
      ];
    },
  };
}

function appliesTo(
  { tables, prefer }: FlatPlan,
  readings: readonly ModelReading[],
  options: NormaliseOptions,
): boolean {
  return prefer === options.prefer && tables.length === readings.length &&
    readings.every(({ table }, index) => table === tables[index]);
}

function flatDrafts(
  context: PollContext,
  records: readonly FlatRecord[],
  readings: readonly ModelReading[],
): Draft[] {
  return records.map(({ kind, from }, index) => {
    const own = from.flatMap((at) => readings[at] ?? []);
    const deviceId = subDeviceId(context.deviceId, index, records.length);
    const source = recordSource(context, deviceId, kind.flagsOf(own));
    return flatDraft(kind.type, source, flatFields(kind, own));
  });
}

function planRecords(
  readings: readonly ModelReading[],
  options: NormaliseOptions,
): FlatPlan {
  return {
    tables: readings.map(({ table }) => table),
    prefer: options.prefer,
    inverters: planInverters(readings, options),
    meters: planMeters(readings, options),
    hasOthers: readings.some(({ id }) =>
      NORMALISED_MODELS.has(id) && !OF_INVERTERS.has(id) && !METERS.has(id)
    ),
  };
}

const PLAIN = INTEGER_INVERTERS.union(FLOAT_INVERTERS);
const METERS = INTEGER_METERS.union(FLOAT_METERS);
const OF_INVERTERS = PLAIN.union(INPUT_MODELS).union(RATING_MODELS)
  .union(new Set([DER_MODEL]));
const MPPT_MODEL = 160;

function planInverters(
  readings: readonly ModelReading[],
  { prefer }: NormaliseOptions,
): readonly FlatRecord[] | null {
  const own = readings.filter(({ id }) => OF_INVERTERS.has(id));
  if (own.some(({ id }) => !PLAIN.has(id) && id !== MPPT_MODEL)) return null;
  const variants = variantOrder(
    INTEGER_INVERTERS,
    FLOAT_INVERTERS,
    prefer === "integer",
  );
  const instances = findInstances(
    own.filter(({ id }) => PLAIN.has(id)),
    variants,
    wiringOf,
  );
  if (instances.length === 0) return [];
  const inputs = assignExtensions(instances, own.filter(({ id }) => id === MPPT_MODEL));
  const records: FlatRecord[] = [];
  for (const [index, [inverter, second]] of instances.entries()) {
    const [input, more] = inputs[index] ?? [];
    if (inverter === undefined || second !== undefined || more !== undefined) {
      return null;
    }
    const kind = flatInverter(inverter.table, input?.table);
    const from = input === undefined ? [inverter] : [inverter, input];
    records.push({ kind, from: from.map((each) => readings.indexOf(each)) });
  }
  return records;
}

function planMeters(
  readings: readonly ModelReading[],
  { prefer }: NormaliseOptions,
): readonly FlatRecord[] | null {
  const instances = findInstances(
    readings.filter(({ id }) => METERS.has(id)),
    variantOrder(INTEGER_METERS, FLOAT_METERS, prefer === "integer"),
    wiringOf,
  );
  const records: FlatRecord[] = [];
  for (const [meter, second] of instances) {
    if (meter === undefined || second !== undefined) return null;
    records.push({ kind: flatMeter(meter.table), from: [readings.indexOf(meter)] });
  }
  return records;
}
