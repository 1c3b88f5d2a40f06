// deno-lint-ignore-file camelcase
/**
 * kill -9 while the buffer is full and evicts rows: every missing record is
 * announced. (Rows in flight when they were evicted may still arrive.)
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { pause } from "../../src/testing/pause.ts";
import { killAtPoint, readQueue } from "../../src/testing/disk/kill_points.ts";
import { checkFiles, type DecodedRecord } from "../../src/testing/stream_check.ts";

const WAL = "*/queue.db-wal";
/** The epoch is committed, and the file is full from the previous run: every commit evicts rows. */
const EVICTING = `after sync 2 ${WAL}`;
const POINTS = [
  `${EVICTING};before write 1 ${WAL}`,
  `${EVICTING};after write 7 ${WAL}`,
  `${EVICTING};half write 8 ${WAL}`,
  `${EVICTING};after sync 2 ${WAL};before sync 1 ${WAL}`,
  `${EVICTING};after sync 3 ${WAL}`,
];
const DEVICES = 20;
/** Long enough to send everything, and to announce each gap once it has stopped growing. */
const LAST_RUN_MS = 10_000;
/** A slow machine takes more than one run for that. */
const LAST_RUNS_MAX = 4;

interface Numbers {
  readonly stream: string;
  readonly epoch: number;
}

Deno.test("agent: kill -9 while rows are evicted: every missing record is announced", async () => {
  const options = { inverters: DEVICES, meters: 0, seed: 23 };
  const plant = startPlant(createPlant(options), SYSTEM_CLOCK);
  try {
    await withTempFolder(async (folder) => {
      const config: AgentConfig = {
        buffer: { ["max_bytes"]: "768KiB", ["power_loss_window_ms"]: 0 },
        devices: plantDevices(plant, 100),
      };
      // No broker listens here, so the buffer fills.
      const away = { ...config, uplink: { kind: "kafka", brokers: ["127.0.0.1:1"] } };
      const committed = new Map<string, number>();
      const noteState = async (): Promise<number> => {
        const state = await readQueue(folder);
        ok(state !== null);
        for (const [stream, [epoch, seq]] of Object.entries(state.streams)) {
          committed.set(keyOf({ stream, epoch }), seq);
        }
        return state.unannounced;
      };
      {
        await using agent = await startAgentProcess({ folder, config: away });
        await agent.until("buffer.gap", () => true, 60_000);
        strictEqual((await agent.end("SIGKILL")).signal, "SIGKILL");
      }
      let unannounced = await noteState();
      for (const point of POINTS) {
        await killAtPoint(point, { folder, config: away });
        const before = unannounced;
        unannounced = await noteState();
        if (point === POINTS.at(-1)) ok(unannounced > before, "no row was evicted");
      }
      for (let turn = 0; turn < LAST_RUNS_MAX && unannounced > 0; turn++) {
        await using agent = await startAgentProcess({ folder, config });
        await agent.until("device.online");
        await pause(LAST_RUN_MS);
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
        unannounced = await noteState();
      }
      strictEqual(unannounced, 0, "a gap was not announced");
      const { decoded } = await checkFiles(`${folder}/records`);
      const arrived = new Map<string, Set<number>>();
      for (const one of decoded) {
        const key = keyOf(numbersOf(one));
        arrived.set(
          key,
          (arrived.get(key) ?? new Set()).add(Number(one.record["seq"])),
        );
      }
      const announced = new Map<string, Set<number>>();
      for (const { record } of decoded) {
        if (record["gap"] === null || record["gap"] === undefined) continue;
        const gap = record["gap"] as Gap;
        strictEqual(gap.reason, "max_bytes");
        const seqs = announced.get(keyOf(gap)) ?? new Set();
        for (let seq = gap.first_seq; seq <= gap.last_seq; seq++) seqs.add(seq);
        announced.set(keyOf(gap), seqs);
      }
      ok(announced.size >= DEVICES, "too few gaps for a conclusion");
      for (const [key, last] of committed) {
        const received = arrived.get(key) ?? new Set();
        const gaps = announced.get(key) ?? new Set();
        const missing = Array.from({ length: last }, (_, at) => at + 1)
          .filter((seq) => !received.has(seq) && !gaps.has(seq));
        deepStrictEqual(missing, [], `${key} of 1..${last}`);
        strictEqual(
          received.union(gaps).size,
          last,
          `${key}: more records than were committed`,
        );
      }
    });
  } finally {
    await plant.close();
  }
});

interface Gap extends Numbers {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly reason: string;
}

function numbersOf({ type, record }: DecodedRecord): Numbers {
  const stream = `${record["gateway"]}/${record["device_id"]}/${type}`;
  return { stream, epoch: Number(record["epoch"]) };
}

function keyOf({ stream, epoch }: Numbers): string {
  return `${stream} ${epoch}`;
}
