/**
 * Tells errors of the operating system from errors of the program.
 *
 * @module
 */

/**
 * Whether the operating system caused an error, such as a full disk or missing
 * permissions. Deno has classes for some of these errors; others, such as a full
 * disk, only have a code.
 */
export function isSystemError(error: unknown): error is Error {
  return error instanceof Error &&
    (Object.values(Deno.errors).some((kind) => error instanceof kind) ||
      ("code" in error && typeof error.code === "string" &&
        /^E[A-Z0-9]+$/.test(error.code)));
}
