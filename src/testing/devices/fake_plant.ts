/**
 * Devices in memory behind a session pool, on a fake clock: times are exact to the
 * millisecond, and tests take no real time.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { loadDefinition } from "../../../models/index.ts";
import { createSeededRandom } from "../../base/random.ts";
import { createFakeClock, type FakeClock } from "../fake_clock.ts";
import { createMemoryLog } from "../memory_log.ts";
import { bad, good, type Result } from "../../base/result.ts";
import { createDeviceCache } from "../../device/device_cache.ts";
import { discoverDevice } from "../../discovery/probe.ts";
import { createQuirkLookup, type QuirkRule } from "../../device/quirk_rules.ts";
import type { ModbusFault } from "../../modbus/faults.ts";
import type { ModbusAddress, ReadRequest, SessionPool } from "../../modbus/reader.ts";
import type { PollerDependencies } from "../../poller/dependencies.ts";
import { SILENT_METER } from "../../poller/poll_meter.ts";
import {
  type DeviceSettings,
  type RosterEntry,
  toRoster,
} from "../../poller/roster/roster.ts";
import type { DeviceStateTransition } from "../../poller/device_state.ts";
import type { LayoutTransition, Sample, SampleSink } from "../../poller/sample.ts";
import { startSupervisor, type Supervisor } from "../../poller/supervisor.ts";
import { type DeviceImage, readImage } from "../../simulator/device_image.ts";
import type { ModelDefinition } from "../../sunspec/definition/definition.ts";
import type { Draft } from "../../records/record.ts";
import type { RecordSettings } from "../../records/record_builder.ts";
import {
  createRecordsStage,
  RECORD_MODELS,
  type RecordsStage,
} from "../../records/records_stage.ts";

/** Start of the fake time: a whole hour of UTC. */
export const START_MS = 1_795_399_200_000;

/** A unit; a test may change it at any time. */
export interface FakeUnit {
  image: DeviceImage;
  /** Duration of an answer, in ms. */
  delayMs: number;
  /** The fault instead of an answer; a timeout lasts as long as the request allows. */
  fault?: ((request: ReadRequest) => ModbusFault | undefined) | undefined;
  readonly asked: ReadRequest[];
}

/** The plant, and the results of polling it. */
export interface FakePlant {
  readonly clock: FakeClock;
  readonly pool: SessionPool;
  readonly log: ReturnType<typeof createMemoryLog>;
  readonly drafts: Draft[];
  readonly changes: DeviceStateTransition[];
  readonly layoutChanges: LayoutTransition[];
  /** The device cache, with the content of the cache file. */
  readonly memory: Map<string, unknown>;
  /** Number of session handles that were not released. */
  readonly openHandles: () => number;
  /** Number of connections that were renewed. */
  readonly renewals: () => number;
  /** Number of discoveries. */
  readonly discoveries: () => number;
  /** The rules of the quirks file. */
  rules: readonly QuirkRule[];
  /** Which records are made, by `host:port/unit`. */
  settings: ReadonlyMap<string, RecordSettings>;
  /** Called before drafts are appended; may throw or wait. */
  hook: (drafts: readonly Draft[], signal: AbortSignal) => Promise<void> | void;
  /** Removes the units of a host. */
  remove(host: string): void;
  /** Adds a unit at `host`:502. */
  add(host: string, unitId: number, image: DeviceImage): FakeUnit;
  start(devices: readonly Partial<DeviceSettings>[]): Supervisor;
  startRoster(roster: readonly RosterEntry[]): Supervisor;
  /** The roster of devices, as {@linkcode FakePlant.start} makes it. */
  rosterOf(devices: readonly Partial<DeviceSettings>[]): readonly RosterEntry[];
  /** Advances the clock in steps of 50 ms and lets all promises settle. */
  play(durationMs: number): Promise<void>;
  /** The drafts of a device. */
  of(deviceId: string): Draft[];
}

/** An inverter with the models 1 and 103. */
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

/** Addresses of W and W_SF of model 103 in {@linkcode inverterImage}. */
export const POWER_ADDRESS = 40_084;
export const POWER_SCALE_ADDRESS = 40_085;

function writeText(registers: Uint16Array, at: number, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const place = at + (index >> 1);
    const byte = text.charCodeAt(index) << (index % 2 === 0 ? 8 : 0);
    registers[place] = (registers[place] ?? 0) | byte;
  }
}

/** A sink's `sample()`: makes records as the agent does and passes them to `append`. */
export function createSampleHandler(
  stage: RecordsStage,
  append: (drafts: readonly Draft[], signal: AbortSignal) => Promise<void> | void,
): SampleSink["sample"] {
  return async (sample: Sample, signal) => {
    const { drafts, models, instances } = stage.process(sample);
    if (drafts.length > 0) await append(drafts, signal);
    const flags = drafts.flatMap(({ source }) => source.flags);
    return { models, records: drafts.length, flags, instances };
  };
}

/** A session pool whose requests are answered by `units`, by `host/unitId`. */
function createFakePool(
  units: ReadonlyMap<string, FakeUnit>,
  clock: FakeClock,
): {
  readonly pool: SessionPool;
  readonly openHandles: () => number;
  readonly renewals: () => number;
} {
  let openHandles = 0;
  let renewals = 0;

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
    acquire(address) {
      openHandles++;
      let held = true;
      return {
        session: {
          address: `${address.host}:${address.port}`,
          connect: () => Promise.resolve(good(undefined)),
          renew: () => void renewals++,
          disconnect: () => Promise.resolve(),
          read: (request, signal) => read(address, request, signal),
        },
        configure: () => {},
        detectedPauses: { gapMs: 0, connectGapMs: 0 },
        release(): void {
          if (held) openHandles--;
          held = false;
        },
      };
    },
    close: () => Promise.resolve(),
  };
  return { pool, openHandles: () => openHandles, renewals: () => renewals };
}

/** Runs the event loop until ready tasks have run. */
async function flush(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Creates a plant without units. */
export async function createFakePlant(): Promise<FakePlant> {
  const clock = createFakeClock({ wallMs: START_MS });
  const log = createMemoryLog();
  const units = new Map<string, FakeUnit>();
  const drafts: Draft[] = [];
  const changes: DeviceStateTransition[] = [];
  const layoutChanges: LayoutTransition[] = [];
  const memory = new Map<string, unknown>();
  // Loading takes real time, which the fake clock does not pass.
  const definitions = new Map<number, ModelDefinition | undefined>();
  for (const id of [1, 101, 103, 113, 120, 160, 203, 213, 308, 402, 701, 702]) {
    definitions.set(id, await loadDefinition(id));
  }
  const { pool, openHandles, renewals } = createFakePool(units, clock);
  let discoveries = 0;

  const plant: FakePlant = {
    clock,
    pool,
    log,
    drafts,
    changes,
    layoutChanges,
    memory,
    openHandles,
    renewals,
    discoveries: () => discoveries,
    rules: [],
    settings: new Map(),
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
      const stage = createRecordsStage({
        gateway: "gw",
        site: null,
        clockSynced: () => null,
        settings: plant.settings,
      });
      const dependencies: PollerDependencies = {
        pool,
        discover(reader, options, signal) {
          discoveries++;
          return discoverDevice(reader, options, signal);
        },
        loadDefinition: (id) => Promise.resolve(definitions.get(id)),
        models: RECORD_MODELS,
        sink: {
          sample: createSampleHandler(stage, async (made, signal) => {
            await plant.hook(made, signal);
            drafts.push(...made);
          }),
          deviceState: (change) => void changes.push(change),
          layoutChanged: (change) => void layoutChanges.push(change),
        },
        meter: SILENT_METER,
        cache: createDeviceCache(memory),
        quirksOf: createQuirkLookup(plant.rules),
        clock,
        random: createSeededRandom(7),
        log,
      };
      return startSupervisor(roster, dependencies);
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
