/**
 * Output of tests beside their assertions.
 *
 * @module
 */

/** Prints a figure that no assertion covers. */
export function printLine(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
