/**
 * Values of a TOML file, and ways to walk them. Pure.
 *
 * @module
 */

import { Secret } from "../base/secret.ts";
import type { ConfigPath } from "./problem.ts";

/** A value of a TOML file: whole numbers are bigint, others number. */
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

/** Whether it is a table: no list, no date, no secret. */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Secret);
}
