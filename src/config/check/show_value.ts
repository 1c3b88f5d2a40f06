/**
 * Writes a found value for a message: short and without secrets.
 *
 * @module
 */

import { MASK, Secret } from "../../base/secret.ts";

/** Maximum length; longer texts are cut. */
const LENGTH_MAX = 60;

/** Writes a value of a TOML file or of the environment. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Secret) return value.reveal() === "" ? "an empty text" : MASK;
  if (typeof value === "string") return showText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    // Integers are bigint, so this number was written with a fraction.
    return Number.isInteger(value) && Math.abs(value) < 1e15
      ? value.toFixed(1)
      : String(value);
  }
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return "a date";
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  }
  return "a table";
}

function showText(value: string): string {
  // `user:password@host`: an address with a password in it.
  const text = value.replace(/:[^:@/\s]+@/g, `:${MASK}@`);
  return JSON.stringify(
    text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text,
  );
}
