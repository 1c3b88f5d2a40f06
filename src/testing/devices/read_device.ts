/**
 * Runs the program's own `read --json` in this process.
 *
 * @module
 */

import { strictEqual } from "node:assert/strict";
import type { CliIo } from "../../cli/framework/io.ts";
import { createSink } from "../command.ts";
import { read, type ReadOptions } from "../../cli/read/read.ts";

/** What `read --json` prints. */
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

/** How a run ended, and what it wrote. */
export interface ReadRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `read` against 127.0.0.1. */
export async function runRead(
  { host = "127.0.0.1", port, ...options }: Partial<ReadOptions> & {
    readonly host?: string;
    readonly port: number;
  },
  signal: AbortSignal = new AbortController().signal,
): Promise<ReadRun> {
  const stdout = createSink();
  const stderr = createSink();
  const io: CliIo = { stdout, stderr, env: {}, signal, hurry: signal };
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

/** Runs `read --json`, which must succeed with one line, and gives what it printed. */
export async function readDevice(unitId: number, port: number): Promise<ReadJson> {
  const { code, stdout, stderr } = await runRead({ unitId, port });
  strictEqual(code, 0, stderr);
  strictEqual(stdout.indexOf("\n"), stdout.length - 1);
  return JSON.parse(stdout);
}
