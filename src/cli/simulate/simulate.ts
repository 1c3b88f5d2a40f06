/**
 * `simulate FILE…|PLANT…`: simulates devices as Modbus TCP servers until it is
 * stopped.
 *
 * @module
 */

import { formatAddress } from "../../base/network/address.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { SimulatedDevice } from "../../simulator/devices/simulated_device.ts";
import { type RunningPlant, startPlant } from "../../simulator/plant/start_plant.ts";
import { formatDeviceTables } from "../../config/device_tables.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { loadDevices, moveToOneAddress } from "./devices.ts";
import type { FaultSpec } from "./fault_spec.ts";
import { deviceTablesOf, readCommandOf } from "./address_output.ts";
import {
  type ActiveFault,
  applyDeviceFaults,
  applyServerFaults,
  serverNamesOf,
} from "./apply_faults.ts";

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Names of built-in plants or paths of dumps. */
  readonly sources: readonly string[];
  readonly bind: string;
  /** Port of the first address; 0 = a free port for each. */
  readonly port: number;
  /** Serve all devices as units of one address. */
  readonly gateway: boolean;
  readonly faults: readonly FaultSpec[];
  /** Duration of a simulated day. */
  readonly dayMs: number;
  /** Simulated time of day at the start, in ms after midnight. */
  readonly startMs: number;
  /** Null = until a signal. */
  readonly durationMs: number | null;
  readonly json: boolean;
  readonly toml: boolean;
}

const PORT_MAX = 65_535;
/** Interval at which sleeping interfaces are updated. */
const TICK_MS = 1_000;

/** Runs the simulation; returns the exit code. */
export async function simulate(options: SimulateOptions, io: CliIo): Promise<number> {
  const fail = (reason: string, code: number): number => {
    io.stderr.write(`simulate: ${reason}\n`);
    return code;
  };
  const loaded = await loadDevices(options.sources);
  if (!loaded.ok) return fail(loaded.fault, EXIT.failure);
  const placed = options.gateway ? moveToOneAddress(loaded.value) : loaded;
  if (!placed.ok) return fail(placed.fault, EXIT.usage);
  const applied = applyDeviceFaults(placed.value, options.faults, options.dayMs);
  if (!applied.ok) return fail(applied.fault, EXIT.usage);
  const { devices, notes } = applied.value;
  const lastPort = options.port + serverNamesOf(devices).size - 1;
  if (options.port > 0 && lastPort > PORT_MAX) {
    return fail(
      `the last port would be ${lastPort}, the maximum is ${PORT_MAX}. Choose a lower --port N`,
      EXIT.usage,
    );
  }
  for (const note of notes) io.stderr.write(`simulate: note: ${note}\n`);

  let plant: RunningPlant;
  try {
    plant = startPlant({ devices }, SYSTEM_CLOCK, {
      hostname: options.bind,
      port: options.port,
      dayMs: options.dayMs,
      startMs: options.startMs,
    });
  } catch (error) {
    return fail(`cannot listen: ${describeListenError(error, options)}`, EXIT.failure);
  }
  try {
    const active = applyServerFaults(plant, devices, options.faults);
    plant.tick();
    printAddresses(plant, devices, options, io);
    await runUntilEnd(plant, options.durationMs, io.signal);
    if (!options.json) io.stderr.write(describeEnd(plant, active));
    return EXIT.ok;
  } finally {
    await plant.close();
  }
}

/** Updates the plant until its time is over or a signal comes. */
async function runUntilEnd(
  plant: RunningPlant,
  durationMs: number | null,
  signal: AbortSignal,
): Promise<void> {
  const endMs = durationMs === null
    ? Infinity
    : SYSTEM_CLOCK.monotonicMs() + durationMs;
  while (!signal.aborted) {
    const leftMs = endMs - SYSTEM_CLOCK.monotonicMs();
    if (leftMs <= 0) return;
    await SYSTEM_CLOCK.sleep(Math.min(TICK_MS, leftMs), signal).catch(() => {});
    plant.tick();
  }
}

function printAddresses(
  plant: RunningPlant,
  devices: readonly SimulatedDevice[],
  { json, toml }: SimulateOptions,
  io: CliIo,
): void {
  const kinds = new Map(devices.map(({ name, kind }) => [name, kind]));
  if (json) {
    const addresses = plant.addresses.map(({ name, host, port, unitIds, devices }) => ({
      name,
      host,
      port,
      devices: devices.map((device, at) => ({
        name: device,
        kind: kinds.get(device),
        unit_id: unitIds[at],
      })),
    }));
    io.stdout.write(`${JSON.stringify({ addresses })}\n`);
    return;
  }
  const output = toml ? io.stderr : io.stdout;
  if (toml) {
    io.stdout.write(formatDeviceTables(
      plant.addresses.flatMap((address) => deviceTablesOf(address, devices)),
    ));
  }
  const nameWidth = Math.max(...devices.map(({ name }) => name.length));
  for (const { host, port, unitIds, devices: names } of plant.addresses) {
    names.forEach((name, at) => {
      const unit = `unit ${unitIds[at]}`.padEnd(8);
      const where = formatAddress(host, port);
      output.write(
        `${name.padEnd(nameWidth)}  ${where}  ${unit}  ${kinds.get(name)}\n`,
      );
    });
  }
  const [first] = plant.addresses;
  if (first === undefined) return;
  output.write(
    `Try: ${readCommandOf(first, devices)}    (press Ctrl-C to stop)\n`,
  );
}

/** Summarises the requests and the injected faults, a line each. */
function describeEnd(plant: RunningPlant, active: readonly ActiveFault[]): string {
  const servers = [...plant.servers.values()].map(({ stats }) => stats);
  const sum = (of: (stats: typeof servers[number]) => number): number =>
    servers.reduce((all, stats) => all + of(stats), 0);
  const lines = [
    `${sum((stats) => stats.requests)} requests on ${
      sum((stats) => stats.sessions)
    } connections: ${sum((stats) => stats.answers)} responses with registers, ${
      sum((stats) => stats.exceptions)
    } exceptions`,
    ...active.map(({ text, injected }) =>
      `${text}: applied ${injected.reduce((all, { fired }) => all + fired, 0)} times`
    ),
  ];
  return lines.map((line) => `simulate: ${line}\n`).join("");
}

function describeListenError(error: unknown, { bind, port }: SimulateOptions): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `port ${port} or one of the following ports is already in use on ${bind}. Choose another with --port N (0 = any free port)`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `ports below 1024, such as ${port}, require root. Choose another with --port N`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${bind} is not an address of this machine. Set --bind to one, such as 127.0.0.1`;
  }
  return error instanceof Error ? error.message : String(error);
}
