/**
 * Devices in memory behind a session pool, on a clock that a test moves: what
 * happens is exact to the millisecond and takes no time.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { loadDefinition } from "../../models/index.ts";
import { createSeededRandom } from "../../src/base/random.ts";
import { createFakeClock, type FakeClock } from "../../src/base/clock.ts";
import { createMemoryLog } from "../../src/base/log.ts";
import { bad, good, type Result } from "../../src/base/result.ts";
import { createDeviceMemory } from "../../src/device/device_cache.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import { createQuirkBook, type QuirkRule } from "../../src/device/quirk_rules.ts";
import type { ModbusFault } from "../../src/modbus/faults.ts";
import type {
  ModbusAddress,
  ReadRequest,
  SessionPool,
} from "../../src/modbus/reader.ts";
import type { PollerParts } from "../../src/poller/parts.ts";
import { SILENT_METER } from "../../src/poller/poll_meter.ts";
import {
  type ConfiguredDevice,
  type RosterEntry,
  toRoster,
} from "../../src/poller/roster/roster.ts";
import type { DeviceStateChange } from "../../src/poller/sink.ts";
import { startSupervisor } from "../../src/poller/supervisor.ts";
import type { Supervisor } from "../../src/poller/device_report.ts";
import { type DeviceImage, readImage } from "../../src/simulator/device_image.ts";
import type { ModelDefinition } from "../../src/sunspec/definition/definition.ts";
import type { Draft } from "../../src/records/record.ts";

/** Where fake time begins: a whole hour of UTC. */
export const START_MS = 1_795_399_200_000;

/** A unit that a test may change at any time. */
export interface FakeUnit {
  image: DeviceImage;
  /** How long an answer takes. */
  delayMs: number;
  /** What it does instead of answering; a time-out takes its time. */
  fault?: ((request: ReadRequest) => ModbusFault | undefined) | undefined;
  readonly asked: ReadRequest[];
}

/** The plant, and what came of polling it. */
export interface FakePlant {
  readonly clock: FakeClock;
  readonly pool: SessionPool;
  readonly log: ReturnType<typeof createMemoryLog>;
  readonly drafts: Draft[];
  readonly changes: DeviceStateChange[];
  /** What is remembered of units, as the cache file would hold it. */
  readonly memory: Map<string, unknown>;
  /** Leases that were not given back. */
  readonly leased: () => number;
  /** How many discoveries were made. */
  readonly discoveries: () => number;
  /** What the file of quirks says. */
  rules: readonly QuirkRule[];
  /** May throw, or wait, in place of the sink. */
  hook: (drafts: readonly Draft[], signal: AbortSignal) => Promise<void> | void;
  /** Takes a host's units away. */
  remove(host: string): void;
  /** Adds a unit at `host`:502. */
  add(host: string, unitId: number, image: DeviceImage): FakeUnit;
  start(devices: readonly Partial<ConfiguredDevice>[]): Supervisor;
  startRoster(roster: readonly RosterEntry[]): Supervisor;
  /** The roster of devices, as {@linkcode FakePlant.start} makes it. */
  rosterOf(devices: readonly Partial<ConfiguredDevice>[]): readonly RosterEntry[];
  /** Moves the clock, 50 ms at a time, letting everything settle. */
  play(durationMs: number): Promise<void>;
  /** The drafts of a device. */
  of(deviceId: string): Draft[];
}

/** An inverter: "SunS", model 1, model 103, end. Text and power are the test's. */
export function inverterImage(
  options: { serial?: string; power?: number; scale?: number; state?: number } = {},
): DeviceImage {
  const { serial = "SN1", power = 123, scale = 1, state = 4 } = options;
  const registers = new Uint16Array(2 + 68 + 52 + 2).fill(0x8000);
  registers.set([0x5375, 0x6e53, 1, 66]);
  registers.fill(0, 4, 70);
  writeText(registers, 4, "Acme");
  writeText(registers, 20, "X1");
  writeText(registers, 52, serial);
  registers.set([103, 50], 70);
  registers[70 + 14] = power;
  registers[70 + 15] = scale & 0xffff;
  registers.set([0, 1000, 0], 70 + 24); // WH
  registers[70 + 38] = state;
  registers.set([0xffff, 0], 122);
  return { base: 40_000, registers };
}

/** Where 103's W and W_SF stand in {@linkcode inverterImage}. */
export const POWER_ADDRESS = 40_084;
export const POWER_SCALE_ADDRESS = 40_085;

function writeText(registers: Uint16Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const place = at + (index >> 1);
    const byte = text.charCodeAt(index) << (index % 2 === 0 ? 8 : 0);
    registers[place] = (registers[place] ?? 0) | byte;
  }
}

/** Makes a plant without units. */
export async function createFakePlant(): Promise<FakePlant> {
  const clock = createFakeClock({ wallMs: START_MS });
  const log = createMemoryLog();
  const units = new Map<string, FakeUnit>();
  const drafts: Draft[] = [];
  const changes: DeviceStateChange[] = [];
  const memory = new Map<string, unknown>();
  // Loading takes real time, which stands still here.
  const definitions = new Map<number, ModelDefinition | undefined>();
  for (const id of [1, 101, 103, 113, 120, 160, 203, 402, 702]) {
    definitions.set(id, await loadDefinition(id));
  }
  let leased = 0;
  let discoveries = 0;

  async function read(
    address: ModbusAddress,
    request: ReadRequest,
    signal: AbortSignal,
  ): Promise<Result<Uint16Array, ModbusFault>> {
    const unit = units.get(`${address.host}/${request.unitId}`);
    if (unit === undefined) return bad({ kind: "exception", code: 0x0b });
    unit.asked.push(request);
    const fault = unit.fault?.(request);
    const waitMs = fault?.kind === "timeout" ? request.timeoutMs : unit.delayMs;
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    if (fault !== undefined) return bad(fault);
    const answer = readImage(unit.image, request);
    return answer.ok
      ? good(answer.registers)
      : bad({ kind: "exception", code: answer.code });
  }

  const pool: SessionPool = {
    lease(address) {
      leased++;
      let held = true;
      return {
        session: {
          address: `${address.host}:${address.port}`,
          connect: () => Promise.resolve(good(undefined)),
          disconnect: () => Promise.resolve(),
          read: (request, signal) => read(address, request, signal),
        },
        adapt: () => {},
        found: { gapMs: 0, connectGapMs: 0 },
        release(): void {
          if (held) leased--;
          held = false;
        },
      };
    },
    close: () => Promise.resolve(),
  };

  async function flush(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  const plant: FakePlant = {
    clock,
    pool,
    log,
    drafts,
    changes,
    memory,
    leased: () => leased,
    discoveries: () => discoveries,
    rules: [],
    hook: () => {},
    add(host, unitId, image) {
      const unit: FakeUnit = { image, delayMs: 0, asked: [] };
      units.set(`${host}/${unitId}`, unit);
      return unit;
    },
    remove(host) {
      for (const key of [...units.keys()]) {
        if (key.startsWith(`${host}/`)) units.delete(key);
      }
    },
    rosterOf: (devices) =>
      toRoster(devices.map((device) => ({
        host: "a",
        port: 502,
        unitIds: [1],
        intervalMs: 1_000,
        timeoutMs: 400,
        connectTimeoutMs: 400,
        ...device,
      }))).entries,
    start: (devices) => plant.startRoster(plant.rosterOf(devices)),
    startRoster(roster) {
      const parts: PollerParts = {
        gateway: "gw",
        site: null,
        pool,
        discover(reader, options, signal) {
          discoveries++;
          return discoverDevice(reader, options, signal);
        },
        loadDefinition: (id) => Promise.resolve(definitions.get(id)),
        sink: {
          async offer(offered, signal) {
            await plant.hook(offered, signal);
            drafts.push(...offered);
          },
          deviceState: (change) => void changes.push(change),
        },
        meter: SILENT_METER,
        memory: createDeviceMemory(memory),
        quirksOf: createQuirkBook(plant.rules),
        clock,
        chance: createSeededRandom(7),
        log,
        clockSynced: () => null,
      };
      return startSupervisor(roster, parts);
    },
    async play(durationMs) {
      await flush();
      for (let left = durationMs; left > 0; left -= 50) {
        await clock.advance(Math.min(50, left));
        await flush();
      }
    },
    of: (deviceId) => drafts.filter(({ source }) => source.device_id === deviceId),
  };
  return plant;
}
