/**
 * Functions that may be longer than the limit of `shape/function-length`, each
 * with the reason. An entry that is no longer needed is a lint error.
 *
 * @module
 */

/** File from the project's root, name of the function, reason. */
export const LONG_FUNCTIONS: readonly (readonly [
  file: string,
  name: string,
  reason: string,
])[] = [];
