/**
 * Values of a TOML file and functions to walk and change them. Pure.
 *
 * @module
 */

import { isObject } from "../../base/is_object.ts";
import { Secret } from "../../base/secret.ts";
import type { ConfigPath } from "../check/problem.ts";

/** A value of a TOML file: integers are bigint, other numbers number. */
export type TomlValue =
  | string
  | bigint
  | number
  | boolean
  | Date
  | Secret
  | TomlValue[]
  | TomlTable;

/** A table of a TOML file. */
export interface TomlTable {
  [key: string]: TomlValue;
}

/** Whether a value is a table: not a list, a date or a secret. */
export function isTable(value: unknown): value is TomlTable {
  return isObject(value) && !(value instanceof Date) && !(value instanceof Secret);
}

/** The value at a path; undefined if there is none. */
export function valueAt(root: TomlTable, path: ConfigPath): TomlValue | undefined {
  let value: TomlValue | undefined = root;
  for (const part of path) {
    if (Array.isArray(value)) {
      value = typeof part === "number" ? value[part] : undefined;
    } else if (
      isTable(value) && typeof part === "string" && Object.hasOwn(value, part)
    ) {
      value = value[part];
    } else return undefined;
  }
  return value;
}

/** A deep copy. */
export function copyTable(table: TomlTable): TomlTable {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key, copyValue(value)]),
  );
}

function copyValue(value: TomlValue): TomlValue {
  if (Array.isArray(value)) return value.map(copyValue);
  return isTable(value) ? copyTable(value) : value;
}

/**
 * Removes the key at a path. If the path ends in an element of a list, the key of the
 * list is removed. Changes `root`.
 */
export function removeAt(root: TomlTable, path: ConfigPath): void {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const around = valueAt(root, path.slice(0, length - 1));
    if (isTable(around) && typeof key === "string") {
      delete around[key];
      return;
    }
  }
}

/**
 * Sets a value and creates the tables around it; false if one of them is not a table.
 */
export function setAt(root: TomlTable, path: ConfigPath, value: TomlValue): boolean {
  let at: TomlValue = root;
  for (const part of path.slice(0, -1)) {
    if (Array.isArray(at) && typeof part === "number") {
      const item: TomlValue | undefined = at[part];
      if (item === undefined) return false;
      at = item;
    } else if (isTable(at) && typeof part === "string") {
      at = at[part] ??= {};
    } else return false;
  }
  const last = path.at(-1);
  if (!isTable(at) || typeof last !== "string") return false;
  at[last] = value;
  return true;
}
