import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { createDeviceCache } from "../../src/device/device_cache.ts";
import { discoverDevice } from "../../src/discovery/probe.ts";
import { openCacheFile } from "../../src/platform/cache_file.ts";
import { createTcpPool } from "../../src/modbus/tcp_pool.ts";
import { toRoster } from "../../src/poller/roster/roster.ts";
import { startSupervisor } from "../../src/poller/supervisor.ts";
import {
  type SimulatorServer,
  startServer,
} from "../../src/simulator/server/server.ts";
import { inverterImage } from "../../src/testing/devices/fake_plant.ts";
import { realDependencies } from "./real_dependencies.ts";
import { pause } from "../../src/testing/pause.ts";

const DEVICES = 200;
/** Against hangs; usually 0.2 s. */
const RESTART_LIMIT_MS = 10_000;
/** Much longer than the test: no slot begins during it. */
const INTERVAL_MS = 600_000;

/** The cost of one run of the poller over all devices. */
interface Run {
  /** From the start to the first record of the last device, in ms. */
  readonly tookMs: number;
  readonly requests: number;
  readonly discoveries: number;
}

/** Polls all devices until each has given a record. */
async function run(
  servers: readonly SimulatorServer[],
  intervalMs: number,
  cachePath: string,
): Promise<Run> {
  const startMs = performance.now();
  const before = requestsOf(servers);
  const cache = await openCacheFile(cachePath, ({ detail }) => {
    throw new Error(detail);
  });
  const pool = createTcpPool(SYSTEM_CLOCK, SYSTEM_RANDOM);
  const { entries } = toRoster(servers.map(({ port }, at) => ({
    id: `inv-${at}`,
    host: "127.0.0.1",
    port,
    unitIds: [1],
    intervalMs,
    timeoutMs: 3_000,
    connectTimeoutMs: 3_000,
  })));
  const polled = new Set<string>();
  let discoveries = 0;
  const dependencies = realDependencies({
    pool,
    cache: createDeviceCache(cache),
    discover: (...all) => {
      discoveries++;
      return discoverDevice(...all);
    },
  }, (drafts) => {
    for (const { source } of drafts) polled.add(source.device_id);
  });
  const supervisor = startSupervisor(entries, dependencies);
  while (polled.size < servers.length && performance.now() - startMs < 20_000) {
    await pause(5);
  }
  const tookMs = performance.now() - startMs;
  await supervisor.stop();
  await pool.close();
  await cache.flush();
  strictEqual(polled.size, servers.length, "not every device was polled");
  return { tookMs, requests: requestsOf(servers) - before, discoveries };
}

function requestsOf(servers: readonly SimulatorServer[]): number {
  return servers.reduce((sum, { stats }) => sum + stats.requests, 0);
}

Deno.test("200 known devices are polled within 3 s after a restart, with two requests each", async () => {
  const folder = await Deno.makeTempDir();
  const servers = Array.from({ length: DEVICES }, (_, at) => {
    const image = inverterImage({ serial: `SN${at}` });
    return startServer({ units: new Map([[1, image]]) });
  });
  try {
    const cachePath = `${folder}/devices.cache.json`;
    const first = await run(servers, 2_000, cachePath);
    strictEqual(first.discoveries, DEVICES);
    const second = await run(servers, INTERVAL_MS, cachePath);
    deepStrictEqual([second.discoveries, second.requests], [0, 2 * DEVICES]);
    ok(second.tookMs < RESTART_LIMIT_MS, `${second.tookMs} ms`);
  } finally {
    for (const server of servers) await server.close();
    await Deno.remove(folder, { recursive: true });
  }
});
