/**
 * `simulate FILE…|PLANT…`: plays devices as Modbus TCP servers until it is
 * stopped.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import type { PlayedDevice } from "../../simulator/devices/simulated_device.ts";
import { type RunningPlant, startPlant } from "../../simulator/plant/start_plant.ts";
import { deviceBlocks } from "../shared/device_blocks.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";
import { behindOneAddress, toDevices } from "./devices.ts";
import type { FaultOrder } from "./faults.ts";
import { addressesOf, type FaultInForce, orderDevices, orderServers } from "./serve.ts";

/** Options of `simulate`. */
export interface SimulateOptions {
  /** Names of built-in plants, or paths of dumps. */
  readonly sources: readonly string[];
  readonly bind: string;
  /** Port of the first address; 0 = any free port each. */
  readonly port: number;
  /** All devices as units behind one address. */
  readonly gateway: boolean;
  readonly faults: readonly FaultOrder[];
  /** How long a simulated day takes. */
  readonly dayMs: number;
  /** Simulated time of day at the start, ms after midnight. */
  readonly startMs: number;
  /** Null = until a signal. */
  readonly durationMs: number | null;
  readonly json: boolean;
  readonly toml: boolean;
}

const PORT_MAX = 65_535;
/** How often interfaces that sleep are looked after. */
const TICK_MS = 1_000;

/** Plays; returns the exit code. */
export async function simulate(options: SimulateOptions, io: CliIo): Promise<number> {
  const fail = (why: string, code: number): number => {
    io.stderr.write(`simulate: ${why}\n`);
    return code;
  };
  const made = await toDevices(options.sources);
  if (!made.ok) return fail(made.fault, EXIT.failure);
  const placed = options.gateway ? behindOneAddress(made.value) : made;
  if (!placed.ok) return fail(placed.fault, EXIT.usage);
  const ordered = orderDevices(placed.value, options.faults, options.dayMs);
  if (!ordered.ok) return fail(ordered.fault, EXIT.usage);
  const { devices, notes } = ordered.value;
  const lastPort = options.port + addressesOf(devices).size - 1;
  if (options.port > 0 && lastPort > PORT_MAX) {
    return fail(
      `the ports would end at ${lastPort}; choose a lower --port N`,
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
    return fail(`cannot listen: ${whyNot(error, options)}`, EXIT.failure);
  }
  try {
    const inForce = orderServers(plant, devices, options.faults);
    plant.tick();
    tellStart(plant, devices, options, io);
    await play(plant, options.durationMs, io.signal);
    if (!options.json) io.stderr.write(describeEnd(plant, inForce));
    return EXIT.ok;
  } finally {
    await plant.close();
  }
}

/** Looks after the plant until its time is over. */
async function play(
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

function tellStart(
  plant: RunningPlant,
  devices: readonly PlayedDevice[],
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
  const people = toml ? io.stderr : io.stdout;
  if (toml) {
    io.stdout.write(deviceBlocks(
      plant.addresses.map(({ name: id, ...at }) => ({ ...at, id })),
    ));
  }
  const nameWidth = Math.max(...devices.map(({ name }) => name.length));
  for (const { host, port, unitIds, devices: names } of plant.addresses) {
    names.forEach((name, at) => {
      const unit = `unit ${unitIds[at]}`.padEnd(8);
      const where = `${showHost(host)}:${port}`;
      people.write(
        `${name.padEnd(nameWidth)}  ${where}  ${unit}  ${kinds.get(name)}\n`,
      );
    });
  }
  const [first] = plant.addresses;
  if (first === undefined) return;
  people.write(
    `Try: sunspec-collector read ${showHost(first.host)}:${first.port} ` +
      `--unit ${first.unitIds[0]}    (Ctrl-C ends it)\n`,
  );
}

/** What was asked and what went wrong on purpose, a line each. */
function describeEnd(plant: RunningPlant, inForce: readonly FaultInForce[]): string {
  const servers = [...plant.servers.values()].map(({ stats }) => stats);
  const sum = (of: (stats: typeof servers[number]) => number): number =>
    servers.reduce((all, stats) => all + of(stats), 0);
  const lines = [
    `${sum((stats) => stats.requests)} requests of ${
      sum((stats) => stats.sessions)
    } connections, ${sum((stats) => stats.answers)} answered with registers, ${
      sum((stats) => stats.exceptions)
    } with an exception`,
    ...inForce.map(({ text, injected }) =>
      `${text}: shown ${injected.reduce((all, { fired }) => all + fired, 0)} times`
    ),
  ];
  return lines.map((line) => `simulate: ${line}\n`).join("");
}

function showHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function whyNot(error: unknown, { bind, port }: SimulateOptions): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `another program has a port from ${port} on at ${bind}; choose another with --port N (0 = any)`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `ports below 1024, such as ${port}, need root; choose another with --port N`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `${bind} is no address of this machine; --bind wants one, such as 127.0.0.1`;
  }
  return error instanceof Error ? error.message : String(error);
}
