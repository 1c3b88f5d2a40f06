/**
 * Runs a command line in this process, without a terminal.
 *
 * @module
 */

import { runCommandLine } from "../cli/framework/command_line.ts";
import type { CommandOutput } from "./command_output.ts";
import type { TextSink } from "../cli/framework/io.ts";

/** Runs a command line; `env` is its whole environment. */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandOutput> {
  const stdout = createMemorySink();
  const stderr = createMemorySink();
  const code = await runCommandLine(args, {
    stdout,
    stderr,
    env,
    signal,
    forceSignal: signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** A text sink that keeps what is written to it. */
export function createMemorySink(): TextSink & { text(): string } {
  let written = "";
  return {
    isTerminal: false,
    width: 80,
    height: 24,
    write: (text) => void (written += text),
    text: () => written,
  };
}
