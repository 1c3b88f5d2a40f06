/**
 * Shows a value that was found, for a fault: short, and without secrets.
 *
 * @module
 */

import { MASK, Secret } from "../../base/secret.ts";

/** Longer texts are cut. */
const LENGTH_MAX = 60;

/** Shows a value of a TOML file or of the environment. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof Secret) return value.reveal() === "" ? "an empty text" : MASK;
  if (typeof value === "string") return showText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    // Whole numbers are bigint: this one was written as a fraction.
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
  // `user:password@host`: a password that has strayed into an address.
  const text = value.replace(/:[^:@/\s]+@/g, `:${MASK}@`);
  return JSON.stringify(
    text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)}…` : text,
  );
}
