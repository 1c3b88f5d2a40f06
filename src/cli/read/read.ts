/**
 * `read HOST[:PORT]|FILE`: reads a device or a dump once, or a device repeatedly.
 *
 * @module
 */

import type { LoadDefinition } from "../../sunspec/definition/vendor_models.ts";
import { type OpenSource, openSource } from "./device_source.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { connectToDevice, readDeviceView } from "../device/device_view.ts";
import { loadModelsFolder } from "../../agent/setup/models_folder.ts";
import { reportDefinitionFaults } from "../device/report_definition_faults.ts";
import type { DeviceSource } from "../framework/option_values.ts";
import { toListing } from "./listing.ts";
import { toJson } from "./output.ts";
import { watchDevice } from "./watch.ts";

/** Options of `read`. */
export interface ReadOptions {
  readonly source: DeviceSource;
  /** Null = that of the dump, or 1. */
  readonly unitId: number | null;
  /** Zero-based address of the SunS marker; null = try the standard ones. */
  readonly base: number | null;
  readonly timeoutMs: number;
  /** Folder with definitions besides the built-in ones; null = none. */
  readonly modelsDir: string | null;
  /** The models to read; empty = all. */
  readonly models: readonly number[];
  /** Whether to show points that the device does not implement. */
  readonly all: boolean;
  /** Read repeatedly; requires a terminal. */
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
        ? "read: --watch and --json cannot be combined\n"
        : "read: --watch requires a terminal. Run read without it, as often as needed\n",
    );
    return EXIT.usage;
  }
  const definitions = await loadModelsFolder(options.modelsDir);
  if (!definitions.ok) return reportDefinitionFaults("read", definitions.fault, io);
  const opened = await openSource(source, timeoutMs);
  if (!opened.ok) {
    io.stderr.write(`read: ${opened.fault}\n`);
    return EXIT.failure;
  }
  try {
    return await readSource(opened.value, options, definitions.value, io);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    io.stderr.write("read: interrupted\n");
    return EXIT.failure;
  } finally {
    await opened.value.close();
  }
}

async function readSource(
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
  const viewOptions = { ...options, unitId, loadDefinition };
  const device = await connectToDevice(source, viewOptions, io.signal);
  if (!device.ok) return fail(device.fault);
  const { layout } = device.value;
  const missing = models.find((id) => !layout.models.some((model) => model.id === id));
  if (missing !== undefined) {
    const available = layout.models.map(({ id }) => id).join(", ");
    const words = `the device has no model ${missing}. Models: ${available}`;
    return fail({ words, code: EXIT.failure });
  }
  if (options.watch) return await watchDevice(device.value, options, io, fail);
  const view = await readDeviceView(device.value, models);
  if (!view.ok) return fail(view.fault);
  if (json) {
    io.stdout.write(`${toJson(view.value)}\n`);
    for (const oddity of layout.oddities) io.stderr.write(`read: note: ${oddity}\n`);
  } else {
    const { isTerminal, width } = io.stdout;
    io.stdout.write(toListing(view.value, all, isTerminal ? width : Infinity));
  }
  return EXIT.ok;
}
