/**
 * Puts a plant on loopback: each inverter behind its own port, the meters as
 * units behind one. A simulated day passes in a few minutes.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Plant } from "./plant.ts";
import type { PlayedDevice } from "../devices/simulated_device.ts";
import { type SimulatorServer, startServer, type Units } from "../server/server.ts";
import { DAY_MS, HOUR_MS } from "./sun.ts";

/** How a plant is played. */
export interface PlayOptions {
  /** How long a simulated day takes, in real ms. Default 6 min. */
  readonly dayMs?: number;
  /** Simulated time at the start, ms after midnight. Default 9:30. */
  readonly startMs?: number;
  /** Registers change at most so often, in real ms, all at once. Default 1000. */
  readonly stepMs?: number;
  /** Where the servers listen. Default 127.0.0.1. */
  readonly hostname?: string;
  /** Port of the first address; the others follow it. Default 0: any free port each. */
  readonly port?: number;
  /** Starts frozen: the images stand as written down until {@linkcode RunningPlant.thaw}. */
  readonly frozen?: boolean;
}

/** An address of the plant, as a static configuration lists it. */
export interface PlantAddress {
  /** The device's name, or the gateway's. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly unitIds: readonly number[];
  /** Names of the devices, in the order of `unitIds`. */
  readonly devices: readonly string[];
}

/** A plant that answers. */
export interface RunningPlant {
  readonly addresses: readonly PlantAddress[];
  /** By the name of the address, to inject faults and read statistics. */
  readonly servers: ReadonlyMap<string, SimulatorServer>;
  /** Simulated time of the registers, ms since the first simulated midnight. */
  simMs(): number;
  /** Takes down the interfaces that sleep now, and up those that woke. */
  tick(): void;
  /** From now on no register changes. */
  freeze(): void;
  /** Registers follow the sun again, as if there had been no pause. */
  thaw(): void;
  /** Stops every server; idempotent. */
  close(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const PLAY_DAY_MS = 6 * 60_000;
const PLAY_START_MS = 9.5 * HOUR_MS;
const PLAY_STEP_MS = 1_000;

/**
 * Starts a server for each address of the plant. Registers are brought up to
 * date when they are asked for, so nothing runs while nobody asks.
 *
 * @throws Deno.errors.AddrInUse and its like if a port cannot be had.
 */
export function startPlant(
  plant: Plant,
  clock: Clock,
  options: PlayOptions = {},
): RunningPlant {
  const { dayMs = PLAY_DAY_MS, startMs = PLAY_START_MS, stepMs = PLAY_STEP_MS } =
    options;
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

  /** The units as they are when they are asked for: an update may change the whole image. */
  function live(devices: readonly PlayedDevice[]): Units {
    const byUnit = new Map(devices.map((device) => [device.unitId, device]));
    const shownMs = new Map<PlayedDevice, number>();
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

  /** Starts a server; if it cannot, none of those before stays. */
  function listen(port: number, units: Units): SimulatorServer {
    try {
      return startServer({ hostname, port, units });
    } catch (error) {
      for (const server of servers.values()) server.close();
      throw error;
    }
  }

  const groups = new Map<string, PlayedDevice[]>();
  for (const device of plant.devices) {
    const name = device.gateway ?? device.name;
    groups.set(name, [...groups.get(name) ?? [], device]);
  }
  const servers = new Map<string, SimulatorServer>();
  const addresses: PlantAddress[] = [];
  for (const [name, devices] of groups) {
    const port = firstPort === 0 ? 0 : firstPort + servers.size;
    const server = listen(port, live(devices));
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
