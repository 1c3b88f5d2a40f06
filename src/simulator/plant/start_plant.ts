/**
 * Starts the servers of a plant: one port per inverter, one port for all meters. A
 * simulated day takes a few minutes.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Plant } from "./plant.ts";
import type { SimulatedDevice } from "../devices/simulated_device.ts";
import { type SimulatorServer, startServer, type Units } from "../server/server.ts";
import { DAY_MS, HOUR_MS } from "./sun.ts";

/** Options of a running plant. */
export interface PlantRunOptions {
  /** Duration of a simulated day, in real ms. Default 6 min. */
  readonly dayMs?: number;
  /** Simulated time at the start, in ms after midnight. Default 9:30. */
  readonly startMs?: number;
  /** Interval at which all registers change, in real ms. Default 1000. */
  readonly stepMs?: number;
  /** Where the servers listen. Default 127.0.0.1. */
  readonly hostname?: string;
  /** Port of the first address; the others follow. Default 0: a free port each. */
  readonly port?: number;
  /** Starts frozen: the images stay as written until {@linkcode RunningPlant.thaw}. */
  readonly frozen?: boolean;
}

/** An address of the plant, as in a configuration. */
export interface PlantAddress {
  /** Name of the device or of the gateway. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  /** Names of the devices, in the order of `unitIds`. */
  readonly devices: readonly string[];
}

/** A running plant. */
export interface RunningPlant {
  readonly addresses: readonly PlantAddress[];
  /** Servers by name of the address, to inject faults and read counters. */
  readonly servers: ReadonlyMap<string, SimulatorServer>;
  /** Simulated time of the registers, in ms since the first simulated midnight. */
  simMs(): number;
  /** Takes network interfaces up and down as of the current simulated time. */
  tick(): void;
  /** Stops all changes of registers. */
  freeze(): void;
  /** Lets registers follow the sun again, as if there had been no pause. */
  thaw(): void;
  /** Stops every server; idempotent. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const DEFAULT_DAY_MS = 6 * 60_000;
const DEFAULT_START_MS = 9.5 * HOUR_MS;
const DEFAULT_STEP_MS = 1_000;

/**
 * Starts a server for each address of the plant. Registers are updated when they are
 * read, so an idle plant uses no CPU time.
 *
 * @throws Deno.errors.AddrInUse and similar errors if it cannot listen.
 */
export function startPlant(
  plant: Plant,
  clock: Clock,
  options: PlantRunOptions = {},
): RunningPlant {
  const {
    dayMs = DEFAULT_DAY_MS,
    startMs = DEFAULT_START_MS,
    stepMs = DEFAULT_STEP_MS,
  } = options;
  const { hostname = LOOPBACK, port: firstPort = 0 } = options;
  const beganMs = clock.monotonicMs();
  let frozen = options.frozen ?? false;
  let simMs = startMs;

  function now(): number {
    if (!frozen) {
      const steps = Math.floor((clock.monotonicMs() - beganMs) / stepMs);
      simMs = startMs + steps * stepMs * (DAY_MS / dayMs);
    }
    return simMs;
  }

  /** Units that are updated when they are read; an update may replace the image. */
  function liveUnits(devices: readonly SimulatedDevice[]): Units {
    const byUnit = new Map(devices.map((device) => [device.unitId, device]));
    const shownMs = new Map<SimulatedDevice, number>();
    return {
      get(unitId) {
        const device = byUnit.get(unitId);
        if (device === undefined) return undefined;
        if (!frozen && shownMs.get(device) !== now()) {
          shownMs.set(device, now());
          device.update(now());
        }
        return device.image;
      },
    };
  }

  /** Starts a server; on failure, the servers started before are closed. */
  function listen(port: number, units: Units): SimulatorServer {
    try {
      return startServer({ hostname, port, units });
    } catch (error) {
      for (const server of servers.values()) server.close();
      throw error;
    }
  }

  const groups = new Map<string, SimulatedDevice[]>();
  for (const device of plant.devices) {
    const name = device.gateway ?? device.name;
    groups.set(name, [...groups.get(name) ?? [], device]);
  }
  const servers = new Map<string, SimulatorServer>();
  const addresses: PlantAddress[] = [];
  for (const [name, devices] of groups) {
    const port = firstPort === 0 ? 0 : firstPort + servers.size;
    const server = listen(port, liveUnits(devices));
    servers.set(name, server);
    addresses.push({
      name,
      host: hostname,
      port: server.port,
      unitIds: devices.map((device) => device.unitId),
      devices: devices.map((device) => device.name),
    });
  }

  return {
    addresses,
    servers,
    simMs: now,
    tick() {
      for (const [name, devices] of groups) {
        const up = devices.some((device) => device.isUp?.(now()) ?? true);
        if (up) servers.get(name)?.wake();
        else servers.get(name)?.sleep();
      }
    },
    freeze() {
      now();
      frozen = true;
    },
    thaw: () => void (frozen = false),
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}
