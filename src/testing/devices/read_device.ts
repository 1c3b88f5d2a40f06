/**
 * Runs the program's own `read --json` in this process.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import type { CliIo } from "../../cli/framework/io.ts";
import type { CommandOutput } from "../command_output.ts";
import { createMemorySink } from "../run_in_process.ts";
import { read, type ReadOptions } from "../../cli/read/read.ts";

/** Output of `read --json`. */
export interface ReadJson {
  readonly base: number;
  readonly unitId: number;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly models: readonly {
    readonly id: number;
    readonly address: number;
    readonly length: number;
    readonly points: Readonly<Record<string, unknown>>;
  }[];
}

/** Runs `read` against 127.0.0.1. */
export async function runRead(
  { host = "127.0.0.1", port, ...options }: Partial<ReadOptions> & {
    readonly host?: string;
    readonly port: number;
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandOutput> {
  const stdout = createMemorySink();
  const stderr = createMemorySink();
  const io: CliIo = { stdout, stderr, env: {}, signal, forceSignal: signal };
  const code = await read({
    source: { kind: "address", host, port },
    unitId: 1,
    base: null,
    timeoutMs: 2_000,
    modelsDir: null,
    models: [],
    all: false,
    watch: false,
    intervalMs: 1_000,
    json: true,
    ...options,
  }, io);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Runs `read --json`, which must succeed with one line; returns the parsed line. */
export async function readDevice(unitId: number, port: number): Promise<ReadJson> {
  const { code, stdout, stderr } = await runRead({ unitId, port });
  strictEqual(code, 0, stderr);
  strictEqual(stdout.indexOf("\n"), stdout.length - 1);
  return JSON.parse(stdout);
}
