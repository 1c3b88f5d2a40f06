// deno-lint-ignore-file camelcase
/**
 * kill -9 while the buffer is full and gives rows up: what is missing in the
 * end is announced. (Rows that were on their way when they were given up may
 * arrive all the same.)
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../e2e/plant_devices.ts";
import { inFolder, startAgent } from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import { killAtPoint, readQueue } from "../../src/testing/disk/kill_points.ts";
import { checkFiles, type DecodedRecord } from "../../src/testing/stream_check.ts";

const WAL = "*/queue.db-wal";
/** The epoch is committed, and the file is full from the life before: every commit gives rows up. */
const EVICTING = `after sync 2 ${WAL}`;
const POINTS = [
  `${EVICTING};before write 1 ${WAL}`,
  `${EVICTING};after write 7 ${WAL}`,
  `${EVICTING};half write 8 ${WAL}`,
  `${EVICTING};after sync 2 ${WAL};before sync 1 ${WAL}`,
  `${EVICTING};after sync 3 ${WAL}`,
];
const DEVICES = 20;
/** Long enough to send all, and to announce each gap once it has stopped growing. */
const LAST_LIFE_MS = 10_000;

interface Numbers {
  readonly stream: string;
  readonly epoch: number;
}

Deno.test("kill -9 while rows are given up: all that is missing is announced", async () => {
  const options = { inverters: DEVICES, meters: 0, seed: 23 };
  const plant = startPlant(createPlant(options), SYSTEM_CLOCK);
  try {
    await inFolder(async (folder) => {
      const config: AgentConfig = {
        buffer: { ["max_bytes"]: "768KiB", ["power_loss_window_ms"]: 0 },
        devices: plantDevices(plant, 100),
      };
      // Nobody listens there, so the buffer fills.
      const away = { ...config, uplink: { kind: "kafka", brokers: ["127.0.0.1:1"] } };
      const committed = new Map<string, number>();
      const lived = async (): Promise<number> => {
        const state = await readQueue(folder);
        ok(state !== null);
        for (const [stream, [epoch, seq]] of Object.entries(state.streams)) {
          committed.set(keyOf({ stream, epoch }), seq);
        }
        return state.givenUp;
      };
      {
        await using agent = await startAgent({ folder, config: away });
        await agent.until("buffer.gap", () => true, 60_000);
        strictEqual((await agent.end("SIGKILL")).signal, "SIGKILL");
      }
      let givenUp = await lived();
      for (const point of POINTS) {
        await killAtPoint(point, { folder, config: away });
        const before = givenUp;
        givenUp = await lived();
        if (point === POINTS.at(-1)) ok(givenUp > before, "no row was given up");
      }
      {
        await using agent = await startAgent({ folder, config });
        await agent.until("device.online");
        await new Promise((resolve) => setTimeout(resolve, LAST_LIFE_MS));
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      }
      strictEqual(await lived(), 0, "a gap was not announced");
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
      ok(announced.size >= DEVICES, "too few gaps to tell");
      for (const [key, last] of committed) {
        const here = arrived.get(key) ?? new Set();
        const gone = announced.get(key) ?? new Set();
        const lacks = Array.from({ length: last }, (_, at) => at + 1)
          .filter((seq) => !here.has(seq) && !gone.has(seq));
        deepStrictEqual(lacks, [], `${key} of 1..${last}`);
        strictEqual(here.union(gone).size, last, `${key}: more than was committed`);
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
