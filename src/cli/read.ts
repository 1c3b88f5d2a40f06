/**
 * `read HOST[:PORT]`: one look at a device.
 *
 * @module
 */

import { SYSTEM_CHANCE, SYSTEM_CLOCK } from "../base/system_clock.ts";
import type { DeviceLayout } from "../discovery/layout.ts";
import {
  describeDiscoveryFault,
  discoverDevice,
  STANDARD_BASES,
} from "../discovery/probe.ts";
import type { Unit } from "../discovery/patient_read.ts";
import { describeSnapshotFault, takeSnapshot } from "../discovery/snapshot.ts";
import type { RegisterReader } from "../modbus/reader.ts";
import { createTcpPool } from "../modbus/tcp_pool.ts";
import type { ModelDefinition } from "../sunspec/definition.ts";
import type { LoadDefinition } from "../sunspec/vendor_models.ts";
import { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";
import { loadModels } from "./models_folder.ts";
import { toJson, toListing } from "./read_output.ts";

/** Options of `read`. */
export interface ReadOptions {
  readonly host: string;
  readonly port: number;
  readonly unitId: number;
  /** Zero-based address of SunS; null = try the usual ones. */
  readonly base: number | null;
  readonly timeoutMs: number;
  /** A folder of definitions beside the built-in ones; null = none. */
  readonly modelsDir: string | null;
  readonly json: boolean;
}

/** Reads and prints; returns the exit code. */
export async function read(options: ReadOptions, io: CliIo): Promise<number> {
  const { host, port, timeoutMs, modelsDir } = options;
  const models = await loadModels(modelsDir);
  if (!models.ok) {
    for (const { place, message } of models.fault) {
      io.stderr.write(`read: ${place} ${message}\n`);
    }
    return EXIT.config;
  }
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_CHANCE);
  const lease = pool.lease({ host, port, gapMs: 0, connectTimeoutMs: timeoutMs });
  try {
    return await look(lease.session, options, models.value, io);
  } catch (error) {
    if (!io.signal.aborted) throw error;
    io.stderr.write("read: interrupted\n");
    return EXIT.failure;
  } finally {
    await pool.close();
  }
}

async function look(
  reader: RegisterReader,
  options: ReadOptions,
  loadDefinition: LoadDefinition,
  io: CliIo,
): Promise<number> {
  const { unitId, timeoutMs, base, json } = options;
  const { signal } = io;
  const bases = base === null ? STANDARD_BASES : [base];
  // Somebody waits for this one answer, so a silent base is not yet a no.
  const silencesMax = bases.length;
  const found = await discoverDevice(
    reader,
    { unitId, bases, timeoutMs, silencesMax },
    signal,
  );
  if (!found.ok) {
    const { kind } = found.fault;
    const silent = kind === "unreachable" || kind === "no-answer" || kind === "no-unit";
    const code = silent ? EXIT.unavailable : EXIT.failure;
    return fail(io, options, describeDiscoveryFault(found.fault), code);
  }
  const layout = found.value;
  const definitions = await definitionsOf(layout, loadDefinition);
  const { functionCode } = layout;
  const unit: Unit = { reader, unitId, functionCode, timeoutMs, signal };
  const snapshot = await takeSnapshot(unit, layout, definitions);
  if (!snapshot.ok) {
    const code = snapshot.fault.kind === "lost" ? EXIT.unavailable : EXIT.failure;
    return fail(io, options, describeSnapshotFault(snapshot.fault), code);
  }

  const { models } = snapshot.value;
  if (json) {
    io.stdout.write(`${toJson(layout, models)}\n`);
    for (const oddity of layout.oddities) io.stderr.write(`read: note: ${oddity}\n`);
  } else io.stdout.write(toListing(layout, models, definitions));
  return EXIT.ok;
}

function fail(
  io: CliIo,
  { host, port }: ReadOptions,
  words: string,
  code: number,
): number {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  io.stderr.write(`read: ${address}: ${words}\n`);
  return code;
}

async function definitionsOf(
  layout: DeviceLayout,
  loadDefinition: LoadDefinition,
): Promise<ReadonlyMap<number, ModelDefinition>> {
  const definitions = new Map<number, ModelDefinition>();
  for (const { id } of layout.models) {
    const definition = await loadDefinition(id);
    if (definition !== undefined) definitions.set(id, definition);
  }
  return definitions;
}
