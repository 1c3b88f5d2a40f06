/**
 * The poller against devices with one deviation each, over real TCP: they are polled,
 * and a request that was refused is not repeated, also after a restart.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createMemoryLog } from "../../src/testing/memory_log.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { createDeviceCache } from "../../src/device/device_cache.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { type DeviceSettings, toRoster } from "../../src/poller/roster/roster.ts";
import { startSupervisor } from "../../src/poller/supervisor.ts";
import type { Draft } from "../../src/records/record.ts";
import {
  type OddDevice,
  type Oddities,
  startOddDevice,
} from "../../src/testing/devices/odd_device.ts";
import { inverterImage } from "../../src/testing/devices/fake_plant.ts";
import { realDependencies } from "./real_dependencies.ts";
import { pause } from "../../src/testing/pause.ts";

const LIMIT_MS = 15_000;

/** Polls one device until it has given `count` records. */
async function poll(
  device: OddDevice,
  configured: Partial<DeviceSettings>,
  memory: Map<string, unknown>,
  count = 4,
): Promise<{ drafts: readonly Draft[]; log: ReturnType<typeof createMemoryLog> }> {
  const drafts: Draft[] = [];
  const log = createMemoryLog();
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { entries } = toRoster([{
    id: "inv",
    host: "127.0.0.1",
    port: device.port,
    unitIds: [1],
    intervalMs: 100,
    timeoutMs: 150,
    connectTimeoutMs: 1_000,
    ...configured,
  }]);
  const dependencies = realDependencies(
    { pool, log, cache: createDeviceCache(memory) },
    (offered) => drafts.push(...offered),
  );
  const supervisor = startSupervisor(entries, dependencies);
  const endMs = performance.now() + LIMIT_MS;
  while (drafts.length < count && performance.now() < endMs) await pause(10);
  const [report] = supervisor.devices;
  await supervisor.stop();
  await pool.close();
  ok(drafts.length >= count, `${drafts.length} records; ${report?.lastFailure}`);
  ok(drafts.every(({ fields }) => fields["ac_power_w"] === 1_230));
  return { drafts, log };
}

/** Polls a device before and after a restart; returns the number of refused requests of each run. */
async function pollTwice(
  oddities: Oddities,
  configured: Partial<DeviceSettings> = {},
  base = 40_000,
): Promise<{ first: number; second: number }> {
  let refused = 0;
  const device = startOddDevice({ ...inverterImage(), base }, {
    ...oddities,
    reject(request) {
      const verdict = oddities.reject?.(request);
      if (verdict !== undefined) refused++;
      return verdict;
    },
  });
  const memory = new Map<string, unknown>();
  try {
    await poll(device, configured, memory);
    const first = refused;
    await poll(device, configured, memory);
    return { first, second: refused - first };
  } finally {
    await device.close();
  }
}

for (const limit of [100, 64, 50, 10]) {
  for (const code of [2, 3] as const) {
    Deno.test(`a device that refuses more than ${limit} registers by exception ${code} is polled with smaller reads, also after a restart`, async () => {
      const { first, second } = await pollTwice({
        reject: ({ count }) => count > limit ? code : undefined,
      });
      ok(first > 0);
      strictEqual(second, 0);
    });
  }
}

Deno.test("a device that does not answer large reads is polled with smaller reads, also after a restart", async () => {
  const { first, second } = await pollTwice({
    reject: ({ count }) => count > 70 ? "silent" : undefined,
  });
  ok(first > 0);
  strictEqual(second, 0);
});

Deno.test("a device that refuses reads across a model boundary is read model by model", async () => {
  const border = 40_070;
  const { first, second } = await pollTwice({
    reject: ({ address, count }) =>
      address > 40_002 - 1 && address < border && address + count > border ||
        (address === 40_000 && count > 70)
        ? 2
        : undefined,
  });
  ok(first > 0);
  strictEqual(second, 0);
});

Deno.test("a device with an unusual base is found at the configured base, or one register beside it", async () => {
  const { first } = await pollTwice({}, { quirks: { base: 4_096 } }, 4_096);
  strictEqual(first, 0);
  await pollTwice({}, { quirks: { base: 4_097 } }, 4_096);
});

Deno.test("a device that does not answer at base 0 is found at 50000", async () => {
  const { second } = await pollTwice(
    { reject: ({ address }) => address < 100 ? "silent" : undefined },
    {},
    50_000,
  );
  strictEqual(second, 0);
});

Deno.test("a device that answers at every unit id is polled once, absent units of a gateway are not", async () => {
  const device = startOddDevice(inverterImage(), {
    reject: ({ unitId }) => unitId > 3 ? 0x0a : undefined,
  });
  try {
    const unitIds = [1, 2, 3, 4];
    const { drafts, log } = await poll(device, { unitIds }, new Map(), 8);
    deepStrictEqual([...new Set(drafts.map(({ source }) => source.device_id))], [
      "inv-1",
    ]);
    const logged = log.events.filter(({ name }) => name === "device.duplicate");
    strictEqual(logged.length, 2);
  } finally {
    await device.close();
  }
});

Deno.test("a device with one session serves two units, and another client once the agent has stopped", async () => {
  const device = startOddDevice(inverterImage(), { sessionsMax: 1 });
  try {
    const quirks = { unitsShareSerial: true };
    const { drafts } = await poll(device, { unitIds: [1, 2], quirks }, new Map(), 8);
    strictEqual(new Set(drafts.map(({ source }) => source.device_id)).size, 2);
    strictEqual(device.rejectedClients, 0, "within a run");
    await pause(20); // the device notices the end of the session
    await poll(device, {}, new Map());
    strictEqual(device.rejectedClients, 0, "after a run");
  } finally {
    await device.close();
  }
});
