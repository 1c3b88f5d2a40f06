/**
 * kill -9 at named points in the life of a row, and at random: after each the
 * agent starts again, and in the end exactly what its buffer had committed has
 * arrived.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import {
  type RunningPlant,
  startPlant,
} from "../../src/simulator/plant/start_plant.ts";
import { plantDevices } from "../e2e/plant_devices.ts";
import { inFolder } from "../../src/testing/agent/agent.ts";
import type { AgentConfig, TomlTable } from "../../src/testing/agent/agent_config.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  createCommitBook,
  killAfter,
  killAtPoint,
  readQueue,
  settle,
} from "../../src/testing/disk/kill_points.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";

/** A place to die, and how the agent is set up for it. */
interface Point {
  readonly at: string;
  readonly name: string;
  readonly buffer?: TomlTable;
  readonly files?: TomlTable;
}

const WAL = "*/queue.db-wal";
const DB = "*/queue.db";
const PART = "*/records/*.part";
/** By then rows flow: each topic has its file, and some rows have been delivered. */
const FLOWING = `after sync 8 ${PART}`;
/** Every commit syncs. */
const FULL = { ["power_loss_window_ms"]: 0 };
/** The log is copied back into the file every few commits. */
const SHORT_LOG = { ["max_bytes"]: "1MiB" };
const QUICK_ROTATION = { ["rotate_interval_ms"]: 1_000 };

/** In the order in which they are visited: some begin where the one before left off. */
const POINTS: readonly Point[] = [
  { name: "while the file is made", at: `before sync 1 ${DB}` },
  { name: "before the first commit of all", at: `before write 2 ${WAL}` },
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
    name: "a commit synced, nobody told",
    at: `${FLOWING};before write 1 ${WAL};after sync 1 ${WAL}`,
    buffer: FULL,
  },
  {
    name: "rows committed, the send not begun",
    at: `${FLOWING};before write 1 ${PART}`,
  },
  { name: "within a block of a file", at: `${FLOWING};half write 1 ${PART}` },
  { name: "while that torn block is cut", at: `before truncate 1 ${PART}` },
  { name: "after it was cut", at: `after truncate 1 ${PART}` },
  { name: "a send in flight, not synced", at: `${FLOWING};before sync 1 ${PART}` },
  {
    name: "a send acknowledged, its rows not deleted",
    at: `${FLOWING};before write 1 ${WAL}`,
  },
  { name: "inside the commit that deletes", at: `${FLOWING};before write 3 ${WAL}` },
  {
    name: "while the log is copied back into the file",
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

/** With `POINTS` and the two of the start, more than twenty. */
const RANDOM_KILLS = 5;
const BINARY_POINTS = [
  "a commit written and not synced",
  "within a block of a file",
  "a send acknowledged, its rows not deleted",
  "while the log is copied back into the file",
];
const BINARY_RANDOM_KILLS = 2;

Deno.test("kill -9 at every named point and at random moments: all that was committed arrives, and once but for what was in flight", () =>
  withPlant((plant) => holdKills("source", POINTS, RANDOM_KILLS, plant)));

Deno.test("the compiled program can be killed at any point too", async () => {
  await ensureBinary();
  const points = POINTS.filter(({ name }) => BINARY_POINTS.includes(name));
  strictEqual(points.length, BINARY_POINTS.length);
  await withPlant((plant) => holdKills("binary", points, BINARY_RANDOM_KILLS, plant));
});

Deno.test("rows that the far side does not take outlive kill -9, the first of all too", () =>
  withPlant((plant) =>
    inFolder(async (folder) => {
      const book = createCommitBook();
      // No folder can be made under a file.
      const files = { path: `${folder}/agent.toml/records` };
      await killAfter(1_000, { folder, config: configOf(plant, { files }) });
      const state = await readQueue(folder);
      ok((state?.rows ?? 0) > 0, "no row waited");
      book.note(state);
      await settle({ folder, config: configOf(plant) });
      book.note(await readQueue(folder));
      const check = await checkFiles(`${folder}/records`);
      deepStrictEqual(check.faults, []);
      deepStrictEqual(book.compare(check), []);
      strictEqual(check.doubles, 0);
    })
  ));

Deno.test("an epoch is taken once it is committed, and not before: kill -9 on either side", () =>
  withPlant((plant) =>
    inFolder(async (folder) => {
      const kill = { folder, config: configOf(plant) };
      await settle(kill);
      const first = await readQueue(folder);
      // A log that a good end removed begins with its head, which is synced too.
      await killAtPoint(`before write 2 ${WAL}`, kill);
      deepStrictEqual(await readQueue(folder), first);
      await settle(kill);
      const second = await readQueue(folder);
      await killAtPoint(`after sync 2 ${WAL}`, kill);
      const third = await readQueue(folder);
      ok((first?.epoch ?? 0) < (second?.epoch ?? 0));
      ok((second?.epoch ?? 0) < (third?.epoch ?? 0), "the epoch was not committed");
      deepStrictEqual(third?.streams, second?.streams);
      await settle(kill);
      const { faults, streams } = await checkFiles(`${folder}/records`);
      deepStrictEqual(faults, []);
      const epochs = streams.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch));
      ok(
        !epochs.includes(third?.epoch ?? 0),
        "a record has an epoch that never polled",
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

async function holdKills(
  build: Build,
  points: readonly Point[],
  randomKills: number,
  plant: RunningPlant,
): Promise<void> {
  await inFolder(async (folder) => {
    const book = createCommitBook();
    let lastEpoch = 0;
    const lived = async (): Promise<number> => {
      const state = await readQueue(folder);
      book.note(state);
      ok((state?.epoch ?? 0) >= lastEpoch, "the epoch went back");
      lastEpoch = state?.epoch ?? 0;
      return state?.rows ?? 0;
    };
    for (const point of points) {
      const config = configOf(plant, point);
      await killAtPoint(point.at, { folder, config, build }).catch((error: Error) => {
        throw new Error(`${point.name}: ${error.message}`);
      });
      await lived();
    }
    for (let kill = 0; kill < randomKills; kill++) {
      const config = configOf(plant, { files: QUICK_ROTATION });
      await killAfter(Math.random() * 1_500, { folder, config, build });
      await lived();
    }
    await settle({ folder, config: configOf(plant), build });
    strictEqual(await lived(), 0);
    const check = await checkFiles(`${folder}/records`);
    deepStrictEqual(check.faults, []);
    deepStrictEqual(book.compare(check), []);
    ok(check.doubles > 0, "no kill left rows both in a file and in the queue");
  });
}
