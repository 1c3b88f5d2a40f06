/**
 * Faults of the system, as a program sees them.
 *
 * @module
 */

/**
 * Whether the system refused something, as a full disk or a missing right does:
 * no fault of the program. Deno has classes for some of these errors; a full disk,
 * and a few more, have a code alone.
 */
export function isSystemFault(error: unknown): error is Error {
  return error instanceof Error &&
    (Object.values(Deno.errors).some((kind) => error instanceof kind) ||
      ("code" in error && typeof error.code === "string" &&
        /^E[A-Z0-9]+$/.test(error.code)));
}
