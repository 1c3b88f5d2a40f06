/**
 * Secrets that cannot be printed by accident.
 *
 * @module
 */

/** The text that replaces a secret in every output. */
export const MASK = "***";

/**
 * A password or key. Printing it, inspecting it or converting it to JSON or text
 * yields {@linkcode MASK}. {@linkcode Secret.reveal} is the only way to the value, so
 * that every use can be found by that name.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { Secret } from "./secret.ts";
 *
 * strictEqual(`${new Secret("hunter2")}`, "***");
 * strictEqual(new Secret("hunter2").reveal(), "hunter2");
 * ```
 */
export class Secret {
  readonly #value: string;

  /** Wraps a value. */
  constructor(value: string) {
    this.#value = value;
  }

  /** Returns the unmasked value. */
  reveal(): string {
    return this.#value;
  }

  /** Returns the mask. */
  toString(): string {
    return MASK;
  }

  /** Returns the mask. */
  toJSON(): string {
    return MASK;
  }

  /** Returns the mask, for `console.log` and `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  /** Returns the mask, for `util.inspect`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
