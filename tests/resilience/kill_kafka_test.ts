/**
 * kill -9 at named points and at random, with a real broker.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import {
  type RunningPlant,
  startPlant,
} from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { withTempFolder } from "../../src/testing/agent/agent.ts";
import { type AgentConfig, TOPICS } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { type TestBroker, withBroker } from "../../src/testing/kafka/kafka.ts";
import {
  createCommitLog,
  killAfter,
  killAtPoint,
  readQueue,
  runUntilDrained,
} from "../../src/testing/disk/kill_points.ts";
import { checkKafka } from "../../src/testing/stream_check.ts";

const WAL = "*/queue.db-wal";
/** Long enough that a commit's rows are sent and acknowledged before the next commit. */
const FLUSH_MS = 400;

/** Every commit syncs, so its steps can be distinguished. */
const POINTS: readonly { readonly name: string; readonly at: string }[] = [
  { name: "rows committed, not reported", at: `after sync 4 ${WAL}` },
  {
    name: "rows acknowledged, not deleted",
    at: `after sync 7 ${WAL};before write 1 ${WAL}`,
  },
  {
    name: "inside the commit that deletes them",
    at: `after sync 7 ${WAL};half write 4 ${WAL}`,
  },
];

Deno.test("agent: kill -9 with a broker: every committed row arrives, duplicates are byte-identical", () =>
  withBroker(async (broker) => {
    await ensureBinary();
    const plant = startPlant(createPlant({ seed: 29 }), SYSTEM_CLOCK);
    try {
      for (const build of ["source", "binary"] as const) {
        await withTempFolder((folder) => runWithKills(build, broker, plant, folder));
      }
    } finally {
      await plant.close();
    }
  }));

async function runWithKills(
  build: Build,
  broker: TestBroker,
  plant: RunningPlant,
  folder: string,
): Promise<void> {
  const names = Object.values(TOPICS).map((topic) => `${build}-${topic}`);
  for (const name of names) await broker.createTopic(name);
  const [inverter = "", meter = "", events = ""] = names;
  const config: AgentConfig = {
    buffer: { ["flush_interval_ms"]: FLUSH_MS, ["power_loss_window_ms"]: 0 },
    uplink: {
      kind: "kafka",
      brokers: [broker.bootstrap],
      topics: { inverter, meter, events },
    },
    devices: plantDevices(plant, 100),
  };
  const kill = { folder, config, build };
  const commits = createCommitLog();
  for (const { name, at } of POINTS) {
    await killAtPoint(at, kill).catch((error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    const state = await readQueue(folder);
    ok((state?.rows ?? 0) > 0, `${name}: no row was left to be sent`);
    commits.add(state);
  }
  await killAfter(Math.random() * 1_500, kill);
  commits.add(await readQueue(folder));
  await runUntilDrained(kill);
  const state = await readQueue(folder);
  commits.add(state);
  strictEqual(state?.rows, 0);
  const check = await checkKafka(broker.bootstrap, { topics: names });
  deepStrictEqual(check.faults, []);
  deepStrictEqual(commits.compare(check), []);
  ok(check.duplicates > 0, "no kill fell between an acknowledgement and its delete");
}
