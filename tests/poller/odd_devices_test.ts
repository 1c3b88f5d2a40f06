/**
 * The poller against devices as they are, over real TCP: each has one oddity, is
 * polled all the same, and is not asked again for what it refused, not even after a
 * restart.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createMemoryLog } from "../../src/base/log.ts";
import { SYSTEM_RANDOM, SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createDeviceMemory } from "../../src/device/device_cache.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { type ConfiguredDevice, toRoster } from "../../src/poller/roster/roster.ts";
import { startSupervisor } from "../../src/poller/supervisor.ts";
import type { Draft } from "../../src/records/record.ts";
import {
  type OddDevice,
  type Oddities,
  startOddDevice,
} from "../../src/testing/devices/odd_device.ts";
import { pause } from "../../src/testing/devices/raw_peer.ts";
import { inverterImage } from "./fake_plant.ts";
import { realParts } from "./real_parts.ts";

const LIMIT_MS = 15_000;

/** An agent's poller, over one device; its memory outlives it. */
async function poll(
  device: OddDevice,
  configured: Partial<ConfiguredDevice>,
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
  const parts = realParts(
    { pool, log, memory: createDeviceMemory(memory) },
    (offered) => drafts.push(...offered),
  );
  const supervisor = startSupervisor(entries, parts);
  const endMs = performance.now() + LIMIT_MS;
  while (drafts.length < count && performance.now() < endMs) await pause(10);
  const [report] = supervisor.devices;
  await supervisor.stop();
  await pool.close();
  ok(drafts.length >= count, `${drafts.length} records; ${report?.lastFailure}`);
  ok(drafts.every(({ fields }) => fields["ac_power_w"] === 1_230));
  return { drafts, log };
}

/** Polls, starts again, polls again; returns what was refused in each of the two. */
async function pollTwice(
  oddities: Oddities,
  configured: Partial<ConfiguredDevice> = {},
  base = 40_000,
): Promise<{ first: number; second: number }> {
  let refused = 0;
  const device = startOddDevice({ ...inverterImage(), base }, {
    ...oddities,
    refuse(request) {
      const verdict = oddities.refuse?.(request);
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
    Deno.test(`a device that refuses more than ${limit} registers by exception ${code} is asked for fewer, for good`, async () => {
      const { first, second } = await pollTwice({
        refuse: ({ count }) => count > limit ? code : undefined,
      });
      ok(first > 0);
      strictEqual(second, 0);
    });
  }
}

Deno.test("a device that is silent to large reads is asked for fewer, for good", async () => {
  const { first, second } = await pollTwice({
    refuse: ({ count }) => count > 70 ? "silent" : undefined,
  });
  ok(first > 0);
  strictEqual(second, 0);
});

Deno.test("a device that refuses reads across the border of two models is read model by model", async () => {
  const border = 40_070;
  const { first, second } = await pollTwice({
    refuse: ({ address, count }) =>
      address > 40_002 - 1 && address < border && address + count > border ||
        (address === 40_000 && count > 70)
        ? 2
        : undefined,
  });
  ok(first > 0);
  strictEqual(second, 0);
});

Deno.test("a device whose base is odd is found where it is said to stand, or beside it", async () => {
  const { first } = await pollTwice({}, { quirks: { base: 4_096 } }, 4_096);
  strictEqual(first, 0);
  await pollTwice({}, { quirks: { base: 4_097 } }, 4_096);
});

Deno.test("a device that hangs when it is asked at base 0 is found at 50000", async () => {
  const { second } = await pollTwice(
    { refuse: ({ address }) => address < 100 ? "silent" : undefined },
    {},
    50_000,
  );
  strictEqual(second, 0);
});

Deno.test("a device that answers to every unit id is polled once, absent units of a gateway not at all", async () => {
  const device = startOddDevice(inverterImage(), {
    refuse: ({ unitId }) => unitId > 3 ? 0x0a : undefined,
  });
  try {
    const unitIds = [1, 2, 3, 4];
    const { drafts, log } = await poll(device, { unitIds }, new Map(), 8);
    deepStrictEqual([...new Set(drafts.map(({ source }) => source.device_id))], [
      "inv-1",
    ]);
    const told = log.events.filter(({ name }) => name === "device.duplicate");
    strictEqual(told.length, 2);
  } finally {
    await device.close();
  }
});

Deno.test("a device of one session serves two units, and the next client as soon as the agent is gone", async () => {
  const device = startOddDevice(inverterImage(), { sessionsMax: 1 });
  try {
    const quirks = { unitsShareSerial: true };
    const { drafts } = await poll(device, { unitIds: [1, 2], quirks }, new Map(), 8);
    strictEqual(new Set(drafts.map(({ source }) => source.device_id)).size, 2);
    strictEqual(device.turnedAway, 0, "within a run");
    await pause(20); // the device hears of the end
    await poll(device, {}, new Map());
    strictEqual(device.turnedAway, 0, "after a run");
  } finally {
    await device.close();
  }
});
