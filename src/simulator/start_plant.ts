/**
 * Puts a plant on loopback: each inverter behind its own port, the meters as
 * units behind one. A simulated day passes in a few minutes.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { DeviceImage } from "./device_image.ts";
import type { Plant, PlantDevice } from "./plant.ts";
import { type SimulatorServer, startServer } from "./server.ts";
import { DAY_MS, HOUR_MS } from "./sun.ts";

/** How a plant is played. */
export interface PlayOptions {
  /** How long a simulated day takes, in real ms. Default 6 min. */
  readonly dayMs?: number;
  /** Simulated time at the start, ms after midnight. Default 9:30. */
  readonly startMs?: number;
  /** Registers change at most so often, in real ms, all at once. Default 1000. */
  readonly stepMs?: number;
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
  /** From now on no register changes. */
  freeze(): void;
  /** Registers follow the sun again, as if there had been no pause. */
  thaw(): void;
  /** Stops every server; idempotent. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const PLAY_DAY_MS = 6 * 60_000;
const PLAY_START_MS = 9.5 * HOUR_MS;
const PLAY_STEP_MS = 1_000;

/**
 * Starts a server for each address of the plant. Registers are brought up to
 * date when they are asked for, so nothing runs while nobody asks.
 */
export function startPlant(
  plant: Plant,
  clock: Clock,
  options: PlayOptions = {},
): RunningPlant {
  const { dayMs = PLAY_DAY_MS, startMs = PLAY_START_MS, stepMs = PLAY_STEP_MS } =
    options;
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

  function live(device: PlantDevice): DeviceImage {
    let shownMs: number | undefined;
    return {
      ...device.image, // shares the registers
      before() {
        if (frozen || shownMs === now()) return;
        shownMs = now();
        device.update(shownMs);
      },
    };
  }

  const groups = new Map<string, PlantDevice[]>();
  for (const device of plant.devices) {
    const name = device.gateway ?? device.name;
    groups.set(name, [...groups.get(name) ?? [], device]);
  }
  const servers = new Map<string, SimulatorServer>();
  const addresses: PlantAddress[] = [];
  for (const [name, devices] of groups) {
    const units = new Map(devices.map((device) => [device.unitId, live(device)]));
    const server = startServer({ hostname: HOST, port: 0, units });
    servers.set(name, server);
    addresses.push({
      name,
      host: HOST,
      port: server.port,
      unitIds: devices.map((device) => device.unitId),
      devices: devices.map((device) => device.name),
    });
  }
  return {
    addresses,
    servers,
    simMs: now,
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
