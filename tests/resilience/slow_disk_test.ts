/**
 * A disk that takes 2 s for each sync, like a worn SD card: polls stay on their
 * grid, no device times out, the watchdog is notified, and nothing is lost.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import { type Build, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { compileLibrary } from "../../src/testing/disk/preload_library.ts";
import {
  longestGapMs,
  measurePollTimes,
  type Phase,
} from "../../src/testing/disk/slow_fsync_timing.ts";
import {
  startWatchedManager,
  startWatchedPlant,
  watchCpuWaits,
} from "../../src/testing/disk/slow_fsync_watchers.ts";
import { checkFiles, rowsInQueue } from "../../src/testing/stream_check.ts";
import { printLine } from "../../src/testing/print_line.ts";
import { pause } from "../../src/testing/pause.ts";

const DEVICES = 20;
const INTERVAL_MS = 1_000;
/** Detects hangs: far above the usual lateness, far below the duration of a sync. */
const LATE_MAX_MS = 500;
const SYNC_MS = 2_000;
/** Duration of the phases before and after. */
const GOOD_MS = 4_000;
/** Request timeout: far below the duration of a sync. */
const TIMEOUT_MS = 500;
/** Longest time without a notification: below the duration of a sync. */
const WATCHDOG_MS = 1_900;

/** Syncing commits are one or two seconds apart, and each takes 2 s. */
const SLOW_SYNCS_MIN = 3;

interface Scenario {
  readonly build: Build;
  /** Which part of the agent's folder is slow. */
  readonly slow: readonly ("queue.db" | "records")[];
  /** Duration of the slow phase. */
  readonly slowMs: number;
}

Deno.test("agent: with each sync of the buffer slowed to 2 s, polls stay on their grid and nothing is lost", () =>
  runOnSlowDisk({ build: "source", slow: ["queue.db"], slowMs: 20_000 }));

Deno.test("compiled agent: with the syncs of buffer and files slowed, polls stay on their grid and nothing is lost", async () => {
  await ensureBinary();
  await runOnSlowDisk({
    build: "binary",
    slow: ["queue.db", "records"],
    slowMs: 14_000,
  });
});

async function runOnSlowDisk({ build, slow, slowMs }: Scenario): Promise<void> {
  const library = await compileLibrary("slow_fsync");
  await withTempFolder(async (folder) => {
    const control = `${folder}/sync_ms`;
    const slowLog = `${folder}/slow_syncs`;
    const names: Record<string, readonly string[]> = {
      ["queue.db"]: ["queue.db", "queue.db-wal", "queue.db-journal"],
      records: ["records"],
    };
    const under = slow.flatMap((one) => names[one] ?? []).map((one) =>
      `${folder}/${one}`
    );
    await Deno.writeTextFile(control, "0");
    await using plant = await startWatchedPlant(DEVICES);
    await using manager = await startWatchedManager(`${folder}/notify`);
    const { ports, beganMs: plantMs } = plant.addresses;
    await using agent = await startAgentProcess({
      folder,
      build,
      config: {
        buffer: { ["flush_interval_ms"]: 1_000 },
        devices: ports.map((port, at) => ({
          id: `inv-${at}`,
          host: "127.0.0.1",
          port,
          ["unit_ids"]: [INVERTER.unitId],
          ["interval_ms"]: INTERVAL_MS,
          ["timeout_ms"]: TIMEOUT_MS,
        })),
      },
      env: {
        LD_PRELOAD: library,
        SLOW_UNDER: under.join(":"),
        SLOW_CONTROL: control,
        SLOW_LOG: slowLog,
        NOTIFY_SOCKET: `${folder}/notify`,
        RUNTIME_DIRECTORY: folder,
        WATCHDOG_USEC: String(WATCHDOG_MS * 1_000),
      },
    });
    using waits = watchCpuWaits(agent.pid);
    for (let at = 0; at < DEVICES; at++) {
      await agent.until("device.online", ({ device }) => device === `inv-${at}`);
    }
    await pause(2 * INTERVAL_MS);
    const good = await phase(GOOD_MS);
    await Deno.writeTextFile(control, String(SYNC_MS));
    const bad = await phase(slowMs);
    await Deno.writeTextFile(control, "0");
    const after = await phase(GOOD_MS);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
    strictEqual(agent.noise, "");

    // The fault occurred, in the right files and for the whole phase.
    const syncs = await readSlowSyncs(slowLog);
    for (const file of slow) {
      const hits = syncs.filter(({ path }) => path.includes(file));
      ok(hits.length >= SLOW_SYNCS_MIN, `${file}: ${hits.length} syncs were slow`);
    }
    ok(syncs.every(({ waitedMs }) => waitedMs === SYNC_MS));
    const [first] = syncs;
    ok(first !== undefined && first.atMs < bad.fromMs + 2 * SYNC_MS);

    const notes = await plant.close();
    const late = measurePollTimes(notes, INTERVAL_MS, good, waits.found);
    const before = late.in(good);
    const during = late.in(bad);
    const afterwards = late.in(after);
    const figures = [before, during, afterwards].map(({ rawMaxMs, rawP99Ms, maxMs }) =>
      `${rawMaxMs} (p99 ${rawP99Ms}, own ${maxMs})`
    );
    printLine(
      `${build}, slow ${slow.join(" + ")}: ${syncs.length} slow syncs; polls late ` +
        `by at most ${figures.join(", ")} ms before, while slow, after`,
    );
    for (const { maxMs, polls, gaps } of [before, during, afterwards]) {
      ok(maxMs <= LATE_MAX_MS, `a poll was ${maxMs} ms late`);
      ok(polls > 0);
      strictEqual(gaps, 0, "a slot was missed");
    }

    ok(
      agent.log.some(({ event }) => event === "buffer.slow"),
      "the slow disk is not logged",
    );

    // No device was disconnected: one connection each, no failure in the log.
    deepStrictEqual(notes.sessions, ports.map(() => 1));
    const problems = agent.log.filter(({ level, event }) =>
      level !== "info" && event !== "buffer.slow"
    );
    deepStrictEqual(problems, []);

    const notifications = (await manager.close()).filter(({ text }) =>
      text === "WATCHDOG=1"
    );
    const gapMs = longestGapMs(
      notifications.map(({ atMs }) => atMs),
      good.fromMs,
      after.toMs,
    );
    ok(gapMs <= WATCHDOG_MS, `the watchdog was not notified for ${gapMs} ms`);

    strictEqual(await rowsInQueue(`${folder}/queue.db`), 0);
    const { faults, duplicates, streams, decoded } = await checkFiles(
      `${folder}/records`,
    );
    deepStrictEqual(faults, []);
    strictEqual(duplicates, 0);
    const polled = streams.filter(({ type }) => type !== "CollectorEvent");
    strictEqual(polled.length, DEVICES);
    for (const { record } of decoded) {
      if (record["heartbeat"]) deepStrictEqual(failuresIn(record["heartbeat"]), 0);
    }
    for (const { type, record } of decoded) {
      if (type === "CollectorEvent") continue;
      strictEqual(record["ac_power_w"], 8_790);
      strictEqual(record["quality"], "good");
      if (Number(record["seq"]) > 1) strictEqual(record["slots_missed"], 0);
      // The counter encodes the time of the read.
      const readMs = plantMs + Number(record["ac_energy_wh"]);
      const lagMs = readMs - Number(record["sampled_at"]);
      ok(lagMs >= -1 && lagMs <= LATE_MAX_MS, `read ${lagMs} ms after its poll began`);
    }
    for (const one of [good, bad, after]) {
      const inside = decoded.filter(({ type, record }) =>
        type === "NormalizedInverterData" && isIn(one, Number(record["sampled_at"]))
      );
      const expected = DEVICES * Math.floor((one.toMs - one.fromMs) / INTERVAL_MS);
      ok(
        Math.abs(inside.length - expected) <= DEVICES,
        `${inside.length} of ${expected}`,
      );
    }
  });
}

function isIn({ fromMs, toMs }: Phase, atMs: number): boolean {
  return atMs >= fromMs && atMs < toMs;
}

async function phase(durationMs: number): Promise<Phase> {
  const fromMs = Date.now();
  await pause(durationMs);
  return { fromMs, toMs: Date.now() };
}

function failuresIn(heartbeat: unknown): number {
  const { devices } = heartbeat as { devices: readonly { failures: number }[] };
  return devices.reduce((sum, { failures }) => sum + failures, 0);
}

interface SlowSync {
  readonly atMs: number;
  readonly waitedMs: number;
  readonly path: string;
}

async function readSlowSyncs(path: string): Promise<SlowSync[]> {
  const text = await Deno.readTextFile(path);
  return text.trim().split("\n").map((line) => {
    const [atMs = "", waitedMs = "", file = ""] = line.split(" ");
    return { atMs: Number(atMs), waitedMs: Number(waitedMs), path: file };
  });
}
