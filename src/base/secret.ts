/**
 * A value that must not be shown.
 *
 * @module
 */

/** What stands in a secret's place wherever it would be shown. */
export const MASK = "***";

/**
 * Holds a password or key. However it is printed, inspected or turned to JSON
 * or text, only {@linkcode MASK} comes out; {@linkcode Secret.reveal} is the one
 * way to the value, so that every use can be found by that name.
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

  /** The value itself, for the one who must send it. */
  reveal(): string {
    return this.#value;
  }

  /** The mask. */
  toString(): string {
    return MASK;
  }

  /** The mask. */
  toJSON(): string {
    return MASK;
  }

  /** The mask, for `console.log` and its like under Deno. */
  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  /** The mask, for `util.inspect`. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
