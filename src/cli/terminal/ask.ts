/**
 * Asks the user a question on the terminal.
 *
 * @module
 */

import type { CliIo } from "../framework/io.ts";

/** A longer answer is cut. */
const ANSWER_BYTES_MAX = 1_024;

/** Whether the user can answer: stdin and stderr are terminals. */
export function canAsk(io: CliIo): boolean {
  return io.stderr.isTerminal && Deno.stdin.isTerminal();
}

/**
 * Writes a question to stderr and reads one line from stdin.
 *
 * @returns undefined if the input ends or `io.signal` aborts first.
 */
export async function ask(question: string, io: CliIo): Promise<string | undefined> {
  io.stderr.write(question);
  const aborted = Promise.withResolvers<null>();
  const onAbort = (): void => aborted.resolve(null);
  io.signal.addEventListener("abort", onAbort, { once: true });
  const bytes = new Uint8Array(ANSWER_BYTES_MAX);
  // A terminal delivers whole lines.
  const read = io.signal.aborted
    ? null
    : await Promise.race([Deno.stdin.read(bytes).catch(() => null), aborted.promise]);
  io.signal.removeEventListener("abort", onAbort);
  if (read === null) {
    io.stderr.write("\n");
    return undefined;
  }
  return new TextDecoder().decode(bytes.subarray(0, read)).trim();
}
