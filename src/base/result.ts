/**
 * Expected failure as a value. What a caller must reckon with (a device that
 * does not answer, a broker that is away) is returned; what is a bug is thrown.
 *
 * @module
 */

/** Either a value, or the fault that stands in its place. */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: F };

/** Wraps a value. */
export function good<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** Wraps a fault. */
export function bad<F>(fault: F): { readonly ok: false; readonly fault: F } {
  return { ok: false, fault };
}
