/**
 * `queue ACTION`: shows the contents of the buffer, also while an agent uses it, and
 * deletes or recovers rows while no agent does.
 *
 * @module
 */

import { bad, good, type Result } from "../../base/result.ts";
import { DbFailure } from "../../buffer/store/database.ts";
import {
  openSnapshotReader,
  type SnapshotReader,
} from "../../buffer/store/snapshot_reader.ts";
import { crc32, openDb } from "../../buffer/store/sqlite.ts";
import { loadConfig } from "../../config/source/load.ts";
import { describeProblem } from "../../config/check/problem.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { exportRows } from "./export.ts";
import { purgeRows, repairRows } from "./repair.ts";
import { peekRows } from "./peek.ts";
import type { QueueFault, QueueResult, QueueTarget } from "./result.ts";
import { showStats } from "./stats.ts";
import { verifyRows } from "./verify.ts";
import { isSystemError } from "../framework/system_error.ts";

/** Options of `queue`. */
export interface QueueOptions {
  readonly action: "stats" | "peek" | "export" | "verify" | "purge" | "salvage";
  /** Configuration file of the agent. */
  readonly config: string | null;
  /** The buffer's file, instead of `config`. */
  readonly path: string | null;
  readonly count: number;
  readonly output: string | null;
  readonly olderThan: number | null;
  readonly from: string | null;
  readonly json: boolean;
}

/** Runs an action and prints its output; returns the exit code. */
export async function queue(options: QueueOptions, io: CliIo): Promise<number> {
  const target = await findTarget(options, io);
  const result = target.ok ? await act(options, target.value, io) : target;
  if (!result.ok) {
    const { code, detail } = result.fault;
    if (options.json) io.stdout.write(`${JSON.stringify({ error: detail })}\n`);
    else io.stderr.write(`queue ${options.action}: ${detail}\n`);
    return code;
  }
  const { code, json, lines } = result.value;
  if (options.json) io.stdout.write(`${JSON.stringify(json)}\n`);
  else for (const line of lines) io.stdout.write(`${line}\n`);
  return code;
}

async function findTarget(
  { config, path }: QueueOptions,
  io: CliIo,
): Promise<Result<QueueTarget, QueueFault>> {
  if (path !== null) return good({ path, maxBytes: null });
  if (config === null) {
    const detail = "No buffer given. Use --config FILE or --path FILE";
    return bad({ code: EXIT.usage, detail });
  }
  // Only the path of the buffer is needed: the service's credentials may be missing.
  const loaded = await loadConfig(config, io.env, { outsideService: true });
  if (!loaded.ok) {
    const detail = loaded.fault.map(describeProblem).join("\n");
    return bad({ code: EXIT.config, detail });
  }
  const { buffer } = loaded.value.config;
  return good({ path: buffer.path, maxBytes: buffer.max_bytes });
}

async function act(
  options: QueueOptions,
  target: QueueTarget,
  io: CliIo,
): Promise<QueueResult> {
  try {
    switch (options.action) {
      case "stats":
        return await withReader(
          target,
          (reader) => showStats(reader, target, Date.now()),
        );
      case "peek":
        return await withReader(target, (reader) => peekRows(reader, options.count));
      case "verify":
        return await withReader(
          target,
          (reader) => verifyRows(reader, target.path, io),
        );
      case "export": {
        const { output } = options;
        if (output === null) return usageFault("No output folder given. Use -o FOLDER");
        return await withReader(target, (reader) => exportRows(reader, output, io));
      }
      case "purge":
        if (options.olderThan === null) {
          return usageFault("No age given. Use --older-than TIME");
        }
        return purgeRows(target, options.olderThan, Date.now());
      case "salvage":
        if (options.from === null) {
          return usageFault("No damaged file given. Use --from FILE");
        }
        return repairRows(target, options.from, Date.now());
    }
  } catch (error) {
    if (!(error instanceof DbFailure || isSystemError(error))) throw error;
    return bad({ code: EXIT.failure, detail: `${target.path}: ${error.message}` });
  }
}

function usageFault(detail: string): QueueResult {
  return bad({ code: EXIT.usage, detail });
}

/** Opens the buffer read-only. */
async function withReader(
  { path }: QueueTarget,
  use: (reader: SnapshotReader) => QueueResult | Promise<QueueResult>,
): Promise<QueueResult> {
  const opened = openSnapshotReader(path, { open: openDb, crc32 });
  if (!opened.ok) return bad({ code: EXIT.failure, detail: opened.fault });
  try {
    return await use(opened.value);
  } finally {
    opened.value.close();
  }
}
