/**
 * The process of the read path that is measured: the poller reads devices over TCP and
 * every sample is discarded.
 *
 * Usage: poll_devices.ts PORTS WARM_UP_S SECONDS, with the ports and the result as JSON.
 *
 * @module
 */

import { loadDefinition } from "../../../models/index.ts";
import { createDeviceCache } from "../../../src/device/device_cache.ts";
import { createQuirkLookup } from "../../../src/device/quirk_rules.ts";
import { discoverDevice } from "../../../src/discovery/probe.ts";
import { createTcpPool } from "../../../src/modbus/tcp_pool.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../../src/platform/system_clock.ts";
import { toRoster } from "../../../src/poller/roster/roster.ts";
import type { Sample, SampleOutcome } from "../../../src/poller/sample.ts";
import { gridOf, slotStartMs } from "../../../src/poller/schedule/grid.ts";
import { startSupervisor } from "../../../src/poller/supervisor.ts";
import { RECORD_MODELS } from "../../../src/records/records_stage.ts";
import { pause } from "../../../src/testing/pause.ts";
import { median } from "../figures.ts";
import { cpuSeconds, voluntarySwitches } from "../proc.ts";

const INTERVAL_MS = 1_000;

/** What one process needed to read its devices. */
export interface ReadFigures {
  /** Processor time per poll of three requests, in µs. */
  readonly cpuPerPoll: number;
  /** Number of times per poll that a thread of the process waited for something. */
  readonly waitsPerPoll: number;
  /** Time between the start of a slot and its first request, in ms. */
  readonly lateMedianMs: number;
  readonly lateP99Ms: number;
}

/** Polls the devices at `ports` and measures after a warm-up. */
export async function pollDevices(
  ports: readonly number[],
  warmUpSeconds: number,
  seconds: number,
): Promise<ReadFigures> {
  const lateMs: number[] = [];
  const polling = pollAll(ports, (sample) => lateMs.push(latenessOf(sample)));
  await pause(warmUpSeconds * 1_000);
  lateMs.length = 0;
  const before = [cpuSeconds(Deno.pid), voluntarySwitches(Deno.pid)] as const;
  await pause(seconds * 1_000);
  const cpu = cpuSeconds(Deno.pid) - before[0];
  const waits = voluntarySwitches(Deno.pid) - before[1];
  const polls = lateMs.length;
  const sorted = lateMs.toSorted((a, b) => a - b);
  await polling.stop();
  return {
    cpuPerPoll: cpu * 1e6 / polls,
    waitsPerPoll: waits / polls,
    lateMedianMs: median(sorted),
    lateP99Ms: sorted[Math.floor(polls * 0.99)] ?? NaN,
  };
}

/** Polls all models of the devices at `ports` and discards the samples. */
function pollAll(
  ports: readonly number[],
  polled: (sample: Sample) => void,
): { stop(): Promise<void> } {
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { entries } = toRoster(ports.map((port) => ({
    ...{ id: `inv-${port}`, host: "127.0.0.1", port, unitIds: [1], allModels: true },
    ...{ intervalMs: INTERVAL_MS, timeoutMs: 3_000, connectTimeoutMs: 3_000 },
  })));
  const outcome: SampleOutcome = { models: [], records: 1, flags: [], instances: 0 };
  const supervisor = startSupervisor(entries, {
    ...{ pool, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, loadDefinition },
    ...{ discover: discoverDevice, models: RECORD_MODELS },
    sink: {
      sample(sample) {
        polled(sample);
        return Promise.resolve(outcome);
      },
      deviceState() {},
      layoutChanged() {},
    },
    meter: { answered() {}, failed() {} },
    cache: createDeviceCache(new Map()),
    quirksOf: createQuirkLookup([]),
    log: { event() {} },
  });
  return {
    async stop() {
      await supervisor.stop();
      await pool.close();
    },
  };
}

/** Time between the start of a sample's slot and its first request, in ms. */
function latenessOf({ deviceId, intervalMs, slot, sampledAtMs }: Sample): number {
  return sampledAtMs - slotStartMs(gridOf(deviceId, intervalMs), slot);
}

if (import.meta.main) {
  const [ports = "[]", warmUpSeconds, seconds] = Deno.args;
  const figures = await pollDevices(
    JSON.parse(ports),
    Number(warmUpSeconds),
    Number(seconds),
  );
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(figures)}\n`));
}
