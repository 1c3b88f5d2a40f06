/**
 * `read HOST[:PORT]|FILE`: one look at a device, or at a dump of one; or look
 * after look.
 *
 * @module
 */

import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { type OpenSource, openSource } from "./device_source.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { findDevice, lookAt } from "../shared/device_view.ts";
import { loadModels, refuseModels } from "../../agent/models_folder.ts";
import type { DeviceSource } from "../framework/option_values.ts";
import { toJson, toListing } from "./output.ts";
import { watchDevice } from "./watch.ts";

/** Options of `read`. */
export interface ReadOptions {
  readonly source: DeviceSource;
  /** Null = 1, or what the dump says. */
  readonly unitId: number | null;
  /** Zero-based address of SunS; null = try the usual ones. */
  readonly base: number | null;
  readonly timeoutMs: number;
  /** A folder of definitions beside the built-in ones; null = none. */
  readonly modelsDir: string | null;
  /** The models to read; empty = all. */
  readonly models: readonly number[];
  /** Whether to show also what the device does not implement. */
  readonly all: boolean;
  /** Look again and again, on a terminal. */
  readonly watch: boolean;
  readonly intervalMs: number;
  readonly json: boolean;
}

/** Reads and prints; returns the exit code. */
export async function read(options: ReadOptions, io: CliIo): Promise<number> {
  const { source, timeoutMs, watch, json } = options;
  if (watch && (json || !io.stdout.isTerminal)) {
    io.stderr.write(
      json
        ? "read: --watch is for people and --json for programs: name one\n"
        : "read: --watch needs a terminal; call read again and again instead\n",
    );
    return EXIT.usage;
  }
  const definitions = await loadModels(options.modelsDir);
  if (!definitions.ok) return refuseModels("read", definitions.fault, io);
  const opened = await openSource(source, timeoutMs);
  if (!opened.ok) {
    io.stderr.write(`read: ${opened.fault}\n`);
    return EXIT.failure;
  }
  try {
    return await look(opened.value, options, definitions.value, io);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    io.stderr.write("read: interrupted\n");
    return EXIT.failure;
  } finally {
    await opened.value.close();
  }
}

async function look(
  source: OpenSource,
  options: ReadOptions,
  loadDefinition: LoadDefinition,
  io: CliIo,
): Promise<number> {
  const { models, all, json } = options;
  const fail = ({ words, code }: { words: string; code: number }): number => {
    io.stderr.write(`read: ${source.label}: ${words}\n`);
    return code;
  };
  const unitId = options.unitId ?? source.dump?.unitId ?? 1;
  const how = { ...options, unitId, loadDefinition };
  const found = await findDevice(source, how, io.signal);
  if (!found.ok) return fail(found.fault);
  const { layout } = found.value;
  const missing = models.find((id) => !layout.models.some((model) => model.id === id));
  if (missing !== undefined) {
    const has = layout.models.map(({ id }) => id).join(", ");
    const words = `it has no model ${missing}; it has ${has}`;
    return fail({ words, code: EXIT.failure });
  }
  if (options.watch) return await watchDevice(found.value, options, io, fail);
  const seen = await lookAt(found.value, models);
  if (!seen.ok) return fail(seen.fault);
  if (json) {
    io.stdout.write(`${toJson(seen.value)}\n`);
    for (const oddity of layout.oddities) io.stderr.write(`read: note: ${oddity}\n`);
  } else {
    const { isTerminal, width } = io.stdout;
    io.stdout.write(toListing(seen.value, all, isTerminal ? width : Infinity));
  }
  return EXIT.ok;
}
