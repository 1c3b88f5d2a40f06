/**
 * Entry point: runs a command line and exits with its code. The only file that
 * exits the process.
 *
 * @module
 */

import { EXIT } from "./src/cli/framework/exit_codes.ts";
import { runCommandLine } from "./src/cli/framework/command_line.ts";
import { createProcessIo, type ProcessIo } from "./src/cli/framework/process_io.ts";
import { watchSignals } from "./src/platform/signals.ts";

/** The process exits at the latest this long after a second signal, in ms. */
const FORCED_EXIT_MS = 1_000;

/** Exit status of a program that SIGINT ended, as shells report it: 128 + 2. */
const INTERRUPTED = 130;

async function main(io: ProcessIo): Promise<number> {
  try {
    const code = await runCommandLine(Deno.args, io);
    const { fault } = io.stdout;
    if (fault === null) return code;
    io.stderr.write(`sunspec-collector: cannot write to stdout: ${fault}\n`);
    return code === EXIT.ok ? EXIT.failure : code;
  } catch (error) {
    const detail = error instanceof Error ? error.stack ?? error.message : error;
    io.stderr.write(`sunspec-collector: internal error: ${detail}\n`);
    return EXIT.internal;
  }
}

const signals = watchSignals();
signals.force.addEventListener("abort", () => {
  setTimeout(() => Deno.exit(INTERRUPTED), FORCED_EXIT_MS);
});
Deno.exit(
  await main(createProcessIo({ signal: signals.drain, forceSignal: signals.force })),
);
