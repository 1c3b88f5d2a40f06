/**
 * Expected failures as values. A failure that the caller must handle (a device that
 * does not answer, an unreachable broker) is returned; a bug is thrown.
 *
 * @module
 */

/** Either a value or a fault. */
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
