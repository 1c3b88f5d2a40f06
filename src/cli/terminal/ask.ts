/**
 * Asks the person at the terminal.
 *
 * @module
 */

import type { CliIo } from "../framework/io.ts";

/** No answer is longer. */
const ANSWER_BYTES_MAX = 1_024;

/** Whether somebody can be asked: both ways lead to a terminal. */
export function canAsk(io: CliIo): boolean {
  return io.stderr.isTerminal && Deno.stdin.isTerminal();
}

/**
 * Asks a question and waits for the line that is typed.
 *
 * @returns undefined if the input ends, or `io.signal` aborts, before that.
 */
export async function ask(question: string, io: CliIo): Promise<string | undefined> {
  io.stderr.write(question);
  const called = Promise.withResolvers<null>();
  const callOff = (): void => called.resolve(null);
  io.signal.addEventListener("abort", callOff, { once: true });
  const bytes = new Uint8Array(ANSWER_BYTES_MAX);
  // A terminal hands over whole lines.
  const read = io.signal.aborted
    ? null
    : await Promise.race([Deno.stdin.read(bytes).catch(() => null), called.promise]);
  io.signal.removeEventListener("abort", callOff);
  if (read === null) {
    io.stderr.write("\n");
    return undefined;
  }
  return new TextDecoder().decode(bytes.subarray(0, read)).trim();
}
