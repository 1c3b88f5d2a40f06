/**
 * Sub-devices of a simulated device over TCP, with the cache file: they keep their ids
 * while the chain changes and across a restart; another identity is believed only over
 * a new connection.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createDeviceCache } from "../../src/device/device_cache.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { openCacheFile } from "../../src/platform/cache_file.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { toRoster } from "../../src/poller/roster/roster.ts";
import { startSupervisor } from "../../src/poller/supervisor.ts";
import type { Draft } from "../../src/records/record.ts";
import type { DeviceImage } from "../../src/simulator/device_image.ts";
import { startServer } from "../../src/simulator/server/server.ts";
import { type ChainDevice, chainImage } from "../../src/testing/devices/chain_image.ts";
import { pause } from "../../src/testing/pause.ts";
import { realDependencies } from "./real_dependencies.ts";

const LIMIT_MS = 20_000;

const INVERTER: ChainDevice = { kind: "inverter", serial: "1", power: 900 };
const OTHER: ChainDevice = { kind: "inverter", serial: "2", power: 901 };
const A: ChainDevice = { kind: "meter", serial: "77", power: 100 };
const B: ChainDevice = { kind: "meter", serial: "78", power: 200 };

interface Agent {
  /** Waits until the last records are of exactly these ids and powers. */
  expect(...streams: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

async function startAgent(
  port: number,
  cachePath: string,
  drafts: Draft[],
  id?: string,
): Promise<Agent> {
  const cache = await openCacheFile(cachePath, ({ detail }) => {
    throw new Error(detail);
  });
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { entries } = toRoster([{
    ...id === undefined ? {} : { id },
    ...{ host: "127.0.0.1", port, unitIds: [1], intervalMs: 50 },
    ...{ timeoutMs: 1_000, connectTimeoutMs: 1_000 },
  }]);
  let poll: readonly Draft[] = [];
  const supervisor = startSupervisor(
    entries,
    realDependencies({ pool, cache: createDeviceCache(cache) }, (made) => {
      poll = made;
      drafts.push(...made);
    }),
  );
  return {
    async expect(...streams) {
      const endMs = performance.now() + LIMIT_MS;
      while (performance.now() < endMs) {
        if (poll.map(streamOf).sort().join() === [...streams].sort().join()) return;
        await pause(10);
      }
      deepStrictEqual(poll.map(streamOf), streams);
    },
    async stop() {
      await supervisor.stop();
      await pool.close();
      await cache.flush();
    },
  };
}

function streamOf({ source, fields }: Draft): string {
  return `${source.device_id} ${fields["ac_power_w"] ?? fields["power_w"]}`;
}

Deno.test("sub-devices of a simulated device keep their ids over TCP and across a restart", async () => {
  const units = new Map<number, DeviceImage>();
  const folder = await Deno.makeTempDir();
  const server = startServer({ units });
  const drafts: Draft[] = [];
  const show = (...parts: readonly ChainDevice[]): void =>
    void units.set(1, chainImage(parts));
  try {
    show(INVERTER, A, B);
    const first = await startAgent(server.port, `${folder}/cache`, drafts, "plant");
    await first.expect("plant 900", "plant.2 100", "plant.3 200");
    show(INVERTER, B);
    await first.expect("plant 900", "plant.3 200");
    await first.stop();
    show(INVERTER, B, A);
    const second = await startAgent(server.port, `${folder}/cache`, drafts, "plant");
    await second.expect("plant 900", "plant.3 200", "plant.2 100");
    show(B, INVERTER);
    await second.expect("plant.3 200", "plant 900");
    await second.stop();
    // A stream never carries two devices.
    deepStrictEqual([...new Set(drafts.map(streamOf))].sort(), [
      "plant 900",
      "plant.2 100",
      "plant.3 200",
    ]);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a replaced device is read over a new connection before it has another id", async () => {
  const units = new Map([[1, chainImage([INVERTER])]]);
  const folder = await Deno.makeTempDir();
  const server = startServer({ units });
  const drafts: Draft[] = [];
  try {
    const agent = await startAgent(server.port, `${folder}/cache`, drafts);
    await agent.expect("acme-x1-1 900");
    strictEqual(server.stats.sessions, 1);
    units.set(1, chainImage([OTHER]));
    await agent.expect("acme-x1-2 901");
    strictEqual(server.stats.sessions, 2);
    await agent.stop();
    ok(
      drafts.every((draft) =>
        ["acme-x1-1 900", "acme-x1-2 901"].includes(streamOf(draft))
      ),
    );
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
});
