/**
 * kill -9 at named points in the processing of a row, and at random: after each the agent
 * is restarted, and finally exactly the committed rows have arrived.
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
import type { AgentConfig, ConfigTable } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  createCommitLog,
  killAfter,
  killAtPoint,
  readQueue,
  runUntilDrained,
} from "../../src/testing/disk/kill_points.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";

/** A kill point, and the agent's configuration for it. */
interface Point {
  readonly at: string;
  readonly name: string;
  readonly buffer?: ConfigTable;
  readonly files?: ConfigTable;
}

const WAL = "*/queue.db-wal";
const DB = "*/queue.db";
const PART = "*/records/*.part";
/** After this point each topic has its file, and some rows have been delivered. */
const FLOWING = `after sync 8 ${PART}`;
/** Every commit syncs. */
const FULL = { ["power_loss_window_ms"]: 0 };
/** The WAL is checkpointed every few commits. */
const SHORT_LOG = { ["max_bytes"]: "1MiB" };
const QUICK_ROTATION = { ["rotate_interval_ms"]: 1_000 };

/** In this order: some start from the state that the previous one left. */
const POINTS: readonly Point[] = [
  { name: "while the file is made", at: `before sync 1 ${DB}` },
  { name: "before the very first commit", at: `before write 2 ${WAL}` },
  {
    name: "rows appended, their commit not begun",
    at: `${FLOWING};after sync 1 ${WAL};before write 1 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "inside a commit, between two pages",
    at: `${FLOWING};after sync 1 ${WAL};before write 4 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "inside a commit, within a page",
    at: `${FLOWING};after sync 1 ${WAL};half write 4 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "a commit written and not synced",
    at: `${FLOWING};before write 1 ${WAL};before sync 1 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "a commit synced, not reported",
    at: `${FLOWING};before write 1 ${WAL};after sync 1 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "rows committed, the send not begun",
    at: `${FLOWING};before write 1 ${PART}`,
  },
  { name: "within a block of a file", at: `${FLOWING};half write 1 ${PART}` },
  { name: "while that torn block is truncated", at: `before truncate 1 ${PART}` },
  { name: "after it was truncated", at: `after truncate 1 ${PART}` },
  { name: "a send in flight, not synced", at: `${FLOWING};before sync 1 ${PART}` },
  {
    name: "a send acknowledged, its rows not deleted",
    at: `${FLOWING};before write 1 ${WAL}`,
  },
  { name: "inside the commit that deletes", at: `${FLOWING};before write 3 ${WAL}` },
  {
    name: "during a checkpoint of the WAL",
    at: `${FLOWING};after write 1 ${DB};half write 1 ${DB}`,
    buffer: SHORT_LOG,
  },
  {
    name: "before a finished file gets its name",
    at: `${FLOWING};before rename 1 ${PART}`,
    files: QUICK_ROTATION,
  },
  {
    name: "after a finished file got its name",
    at: `${FLOWING};after rename 1 ${PART}`,
    files: QUICK_ROTATION,
  },
  {
    name: "a new file begun, its name not synced",
    at: `after rename 1 ${PART};after write 1 ${PART};before sync 1 */records`,
    files: QUICK_ROTATION,
  },
];

/** Together with `POINTS` and the two of the start, more than twenty. */
const RANDOM_KILLS = 5;
const BINARY_POINTS = [
  "a commit written and not synced",
  "within a block of a file",
  "a send acknowledged, its rows not deleted",
  "during a checkpoint of the WAL",
];
const BINARY_RANDOM_KILLS = 2;

Deno.test("agent: kill -9 at every named point and at random moments: every committed row arrives, once except for rows in flight", () =>
  withPlant((plant) => runWithKills("source", POINTS, RANDOM_KILLS, plant)));

Deno.test("compiled agent: kill -9 at some points and at random moments: every committed row arrives, once except for rows in flight", async () => {
  await ensureBinary();
  const points = POINTS.filter(({ name }) => BINARY_POINTS.includes(name));
  strictEqual(points.length, BINARY_POINTS.length);
  await withPlant((plant) =>
    runWithKills("binary", points, BINARY_RANDOM_KILLS, plant)
  );
});

Deno.test("agent: undelivered rows survive kill -9, the very first commit included", () =>
  withPlant((plant) =>
    withTempFolder(async (folder) => {
      const commits = createCommitLog();
      // A folder cannot be created under a file.
      const files = { path: `${folder}/agent.toml/records` };
      await killAfter(1_000, { folder, config: configOf(plant, { files }) });
      const state = await readQueue(folder);
      ok((state?.rows ?? 0) > 0, "no row was in the queue");
      commits.add(state);
      await runUntilDrained({ folder, config: configOf(plant) });
      commits.add(await readQueue(folder));
      const check = await checkFiles(`${folder}/records`);
      deepStrictEqual(check.faults, []);
      deepStrictEqual(commits.compare(check), []);
      strictEqual(check.duplicates, 0);
    })
  ));

Deno.test("agent: an epoch is used only after its commit: kill -9 before and after it", () =>
  withPlant((plant) =>
    withTempFolder(async (folder) => {
      const kill = { folder, config: configOf(plant) };
      await runUntilDrained(kill);
      const first = await readQueue(folder);
      // A WAL removed by an orderly stop begins with its header, which is synced too.
      await killAtPoint(`before write 2 ${WAL}`, kill);
      deepStrictEqual(await readQueue(folder), first);
      await runUntilDrained(kill);
      const second = await readQueue(folder);
      await killAtPoint(`after sync 2 ${WAL}`, kill);
      const third = await readQueue(folder);
      ok((first?.epoch ?? 0) < (second?.epoch ?? 0));
      ok((second?.epoch ?? 0) < (third?.epoch ?? 0), "the epoch was not committed");
      deepStrictEqual(third?.streams, second?.streams);
      await runUntilDrained(kill);
      const { faults, streams } = await checkFiles(`${folder}/records`);
      deepStrictEqual(faults, []);
      const epochs = streams.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch));
      ok(
        !epochs.includes(third?.epoch ?? 0),
        "a record has an epoch in which no poll took place",
      );
    })
  ));

async function withPlant(use: (plant: RunningPlant) => Promise<void>): Promise<void> {
  const plant = startPlant(createPlant({ seed: 17 }), SYSTEM_CLOCK);
  try {
    await use(plant);
  } finally {
    await plant.close();
  }
}

function configOf(
  plant: RunningPlant,
  { buffer, files }: Partial<Point> = {},
): AgentConfig {
  return {
    ...(buffer === undefined ? {} : { buffer }),
    ...(files === undefined ? {} : { uplink: { files } }),
    devices: plantDevices(plant, 100),
  };
}

async function runWithKills(
  build: Build,
  points: readonly Point[],
  randomKills: number,
  plant: RunningPlant,
): Promise<void> {
  await withTempFolder(async (folder) => {
    const commits = createCommitLog();
    let lastEpoch = 0;
    const noteState = async (): Promise<number> => {
      const state = await readQueue(folder);
      commits.add(state);
      ok((state?.epoch ?? 0) >= lastEpoch, "the epoch decreased");
      lastEpoch = state?.epoch ?? 0;
      return state?.rows ?? 0;
    };
    for (const point of points) {
      const config = configOf(plant, point);
      await killAtPoint(point.at, { folder, config, build }).catch((error: Error) => {
        throw new Error(`${point.name}: ${error.message}`);
      });
      await noteState();
    }
    for (let kill = 0; kill < randomKills; kill++) {
      const config = configOf(plant, { files: QUICK_ROTATION });
      await killAfter(Math.random() * 1_500, { folder, config, build });
      await noteState();
    }
    await runUntilDrained({ folder, config: configOf(plant), build });
    strictEqual(await noteState(), 0);
    const check = await checkFiles(`${folder}/records`);
    deepStrictEqual(check.faults, []);
    deepStrictEqual(commits.compare(check), []);
    ok(check.duplicates > 0, "no kill left rows both in a file and in the queue");
  });
}
