/**
 * Starts on a full disk, with a buffer that may not be opened, and with a damaged one:
 * the agent delivers what it can, states what is wrong, and quarantines only what is
 * damaged.
 */

import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import {
  type AgentProcess,
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import type { AgentConfig } from "../../src/testing/agent/agent_config.ts";
import {
  environmentOf,
  type ForeignBuild,
  programOf,
  runCommand,
} from "../../src/testing/agent/agent_program.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { fillDisk, onSmallDisk } from "../../src/testing/disk/small_disk.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { pause } from "../../src/testing/pause.ts";
import { checkFiles, rowsInQueue } from "../../src/testing/stream_check.ts";

/** No broker listens here, so records stay in the buffer. */
const AWAY: AgentConfig = { uplink: { kind: "kafka", brokers: ["127.0.0.1:1"] } };

/** A process without the rights of root over the files of others. */
const WITHOUT_RIGHTS: ForeignBuild = {
  command: [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    ...programOf("source"),
  ],
  env: environmentOf("source"),
};

/** Starts until a slow machine has collected a backlog. */
const STARTS_MAX = 10;

interface Setting {
  /** Folder of the buffer, on a disk of its own. */
  readonly state: string;
  /** Folder of the delivered records. */
  readonly records: string;
  start(config?: AgentConfig, build?: ForeignBuild): Promise<AgentProcess>;
}

/** Fills a buffer whose destination is away, then runs `use`. */
async function withBacklog(use: (setting: Setting) => Promise<void>): Promise<void> {
  await withTempFolder(async (folder) => {
    const plant = startPlant(createPlant({ seed: 3 }), SYSTEM_CLOCK);
    const devices = plantDevices(plant, 200);
    const state = `${folder}/state`;
    const records = `${folder}/records`;
    await Deno.mkdir(state);
    const start = (config: AgentConfig = {}, build?: ForeignBuild) =>
      startAgentProcess({
        folder,
        ...(build === undefined ? {} : { build }),
        config: {
          uplink: { files: { path: records } },
          ...config,
          buffer: { path: `${state}/queue.db`, ["set_aside_after_crashes"]: 3 },
          devices,
        },
      });
    try {
      await onSmallDisk(state, "8m", async () => {
        let backlog = 0;
        for (let turn = 0; turn < STARTS_MAX && backlog <= 50; turn++) {
          await using agent = await start(AWAY);
          await agent.until("device.online");
          await pause(2_000);
          strictEqual((await agent.end("SIGTERM")).code, 0);
          backlog = await rowsInQueue(`${state}/queue.db`);
        }
        ok(backlog > 50, "no backlog");
        await use({ state, records, start });
      });
    } finally {
      await plant.close();
    }
  });
}

async function untilDrained(
  { log }: AgentProcess,
  rows: number,
  records: string,
): Promise<void> {
  await untilTrue(`${rows} records delivered`, async () => {
    // A file that the agent is creating right now has no whole header yet.
    const checked = await checkFiles(records).catch(() => null);
    return checked !== null && checked.records >= rows;
  });
  ok(!log.some(({ event }) => event === "agent.failed"));
}

Deno.test("agent: a start on a full disk drains the backlog with the reserve, and reports the disk", () =>
  withBacklog(async ({ state, records, start }) => {
    const backlog = await rowsInQueue(`${state}/queue.db`);
    fillDisk(`${state}/ballast`);
    {
      await using agent = await start();
      await agent.until("buffer.disk_full", () => true, 10_000);
      await agent.until("device.online");
      await untilDrained(agent, backlog, records);
      deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      const stopped = await agent.until("agent.stopped");
      strictEqual(stopped["rowsLeft"], 0, "delivered rows were not deleted");
    }
    const { faults, duplicates } = await checkFiles(records);
    deepStrictEqual({ faults, duplicates }, { faults: [], duplicates: 0 });
  }));

Deno.test("agent: a start on a disk without a free byte delivers the backlog, and stores again once there is space", () =>
  withBacklog(async ({ state, records, start }) => {
    const backlog = await rowsInQueue(`${state}/queue.db`);
    await Deno.remove(`${state}/queue.db.reserve`);
    fillDisk(`${state}/ballast`);
    await using agent = await start();
    await agent.until("buffer.disk_full", () => true, 10_000);
    await untilDrained(agent, backlog, records);
    await Deno.remove(`${state}/ballast`);
    await agent.until("buffer.recovered");
    await pause(500);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
    const { faults, duplicates } = await checkFiles(records);
    deepStrictEqual({ faults, duplicates }, { faults: [], duplicates: 0 });
  }));

Deno.test("agent: a buffer that may not be opened is refused and never quarantined", () =>
  withBacklog(async ({ state, records, start }) => {
    const backlog = await rowsInQueue(`${state}/queue.db`);
    for (const path of [`${state}/queue.db`, `${state}/queue.db.lock`]) {
      await Deno.chmod(path, 0o000);
      for (let attempt = 0; attempt < 5; attempt++) {
        await rejects(start({}, WITHOUT_RIGHTS), (error: Error) => {
          match(error.message, /before it ended: 1\n/);
          match(error.message, /unable to open database file/);
          return true;
        });
      }
      await Deno.chmod(path, 0o640);
    }
    const names = [...Deno.readDirSync(state)].map(({ name }) => name);
    deepStrictEqual(names.filter((name) => /aside|damaged/.test(name)), []);
    await using agent = await start();
    await untilDrained(agent, backlog, records);
    await agent.end("SIGTERM");
  }));

Deno.test("agent: a buffer with damage that quick_check passes is quarantined at the first start", () =>
  withBacklog(async ({ state, start }) => {
    const db = new DatabaseSync(`${state}/queue.db`);
    db.exec("ALTER TABLE gaps RENAME COLUMN last_seq TO last_se1");
    strictEqual(db.prepare("PRAGMA quick_check").get()?.["quick_check"], "ok");
    db.close();
    await using agent = await start();
    const { path } = await agent.until("buffer.set_aside");
    ok(await rowsInQueue(String(path)) > 50);
    await agent.until("buffer.gap");
    await agent.until("device.online");
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
  }));

Deno.test("doctor and status report a full disk", () =>
  withBacklog(async ({ state, start }) => {
    fillDisk(`${state}/ballast`);
    const config = `${state}/../agent.toml`;
    const doctor = await runCommand(["doctor", "--config", config]);
    match(doctor.stdout, /FAIL.*disk full/);
    strictEqual(doctor.stderr, "");
    await Deno.remove(`${state}/ballast`);
    const [port] = freePorts(1);
    const listen = `127.0.0.1:${port}`;
    await using agent = await start({ observe: { listen } });
    await agent.until("observe.listening");
    fillDisk(`${state}/ballast`);
    await untilTrue("status", async () => {
      const response = await fetch(`http://${listen}/status`);
      return JSON.stringify(await response.json()).includes("disk is full");
    }, 5_000);
    await agent.end("SIGTERM");
  }));
