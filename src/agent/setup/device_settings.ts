/**
 * Turns the `[[devices]]` tables of a configuration into the roster and the record
 * settings of its units.
 *
 * A new key needs no line here: keys are converted to camel case and passed on. It is
 * declared in `config/schema/device.ts`, and in `DeviceSettings` of
 * `poller/roster/roster.ts` or `RecordSettings` of `records/record_builder.ts`.
 *
 * @module
 */

import { QUIRK_FIELDS } from "../../config/schema/quirk_fields.ts";
import type { DeviceConfig } from "../../config/schema/schema.ts";
import { parseQuirks } from "../../device/quirks.ts";
import {
  type DeviceSettings,
  type Roster,
  toRoster,
} from "../../poller/roster/roster.ts";
import {
  DEFAULT_RECORD_SETTINGS,
  type RecordSettings,
} from "../../records/record_builder.ts";

/** The settings of the configured devices, for the poller and for the records stage. */
export interface ConfiguredDevices {
  readonly roster: Roster;
  /** By the keys of the roster. */
  readonly recordSettings: ReadonlyMap<string, RecordSettings>;
}

/** Converts the tables of a configuration. */
export function toConfiguredDevices(
  tables: readonly DeviceConfig[],
): ConfiguredDevices {
  const devices = tables.map(splitSettings);
  const roster = toRoster(devices.map(({ polling }) => polling));
  const recordSettings = new Map<string, RecordSettings>();
  for (const { polling, records } of devices) {
    for (const { key } of toRoster([polling]).entries) {
      if (!recordSettings.has(key)) recordSettings.set(key, records);
    }
  }
  return { roster, recordSettings };
}

type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

type CamelCaseKeys<Table> = {
  readonly [Key in keyof Table as CamelCase<Key & string>]: Table[Key];
};

function splitSettings(
  table: DeviceConfig,
): { readonly polling: DeviceSettings; readonly records: RecordSettings } {
  const [, settings] = split(table, keysOf(QUIRK_FIELDS));
  const [records, polling] = split(
    toCamelCase(settings),
    keysOf(DEFAULT_RECORD_SETTINGS),
  );
  const allModels = records.publish.includes("models");
  return { polling: { ...polling, allModels, quirks: parseQuirks(table) }, records };
}

function toCamelCase<Table extends object>(table: Table): CamelCaseKeys<Table> {
  const entries = Object.entries(table).map(([key, value]) => [
    key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ]);
  return Object.fromEntries(entries);
}

/** Splits a table into the given keys and all others. */
function split<Table extends object, Key extends keyof Table>(
  table: Table,
  keys: readonly Key[],
): [Pick<Table, Key>, Omit<Table, Key>] {
  const rest: Partial<Table> = { ...table };
  const picked: Partial<Table> = {};
  for (const key of keys) {
    picked[key] = table[key];
    delete rest[key];
  }
  return [picked as Pick<Table, Key>, rest as Omit<Table, Key>];
}

function keysOf<Table extends object>(table: Table): (keyof Table)[] {
  return Object.keys(table) as (keyof Table)[];
}
