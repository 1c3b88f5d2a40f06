/**
 * Runs a command line in this process, without a terminal.
 *
 * @module
 */

import { runCommandLine } from "../cli/framework/command_line.ts";
import type { TextSink } from "../cli/framework/io.ts";

/** How it ended, and what it wrote. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it; `env` is all of its environment. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandRun> {
  const stdout = createSink();
  const stderr = createSink();
  const code = await runCommandLine(args, {
    stdout,
    stderr,
    env,
    signal,
    hurry: signal,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Keeps what is written. */
export function createSink(): TextSink & { text(): string } {
  let written = "";
  return {
    isTerminal: false,
    width: 80,
    height: 24,
    write: (text) => void (written += text),
    text: () => written,
  };
}
