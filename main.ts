/**
 * The program: command line in, exit code out. The only file that ends the
 * process.
 *
 * @module
 */

import { EXIT } from "./src/cli/framework/exit_codes.ts";
import { runCommandLine } from "./src/cli/framework/command_line.ts";
import { createProcessIo, type ProcessIo } from "./src/cli/framework/process_io.ts";
import { watchSignals } from "./src/platform/signals.ts";

/** After a second signal nothing is waited for any longer than this. */
const HURRY_LIMIT_MS = 1_000;

/** What a shell calls a program that SIGINT ended: 128 + 2. */
const INTERRUPTED = 130;

async function main(io: ProcessIo): Promise<number> {
  try {
    const code = await runCommandLine(Deno.args, io);
    const { fault } = io.stdout;
    if (fault === null) return code;
    io.stderr.write(`sunspec-collector: stdout did not take everything: ${fault}\n`);
    return code === EXIT.ok ? EXIT.failure : code;
  } catch (error) {
    const detail = error instanceof Error ? error.stack ?? error.message : error;
    io.stderr.write(`sunspec-collector: a fault in the program: ${detail}\n`);
    return EXIT.internal;
  }
}

const signals = watchSignals();
signals.hurry.addEventListener("abort", () => {
  setTimeout(() => Deno.exit(INTERRUPTED), HURRY_LIMIT_MS);
});
Deno.exit(
  await main(createProcessIo({ signal: signals.drain, hurry: signals.hurry })),
);
