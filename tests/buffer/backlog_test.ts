import { ok, strictEqual } from "node:assert/strict";
import { ACKNOWLEDGED_ROWS_MAX } from "../../src/buffer/group_commit/write_buffer_state.ts";
import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import {
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
} from "../../src/testing/buffer/rows.ts";
import { pause } from "../../src/testing/pause.ts";
import { createPump } from "../../src/uplink/pump/pump.ts";
import type { Uplink } from "../../src/uplink/uplink.ts";
import { writeBacklog } from "./backlog.ts";

/** More than twice the rows after which reading stops until a commit. */
const ROWS = 120_000;
const BODY_BYTES = 60;
const FLUSH_INTERVAL_MS = 60_000;
/** Before the first flush interval ends: a drain that waits for it takes two of them. */
const LIMIT_MS = 50_000;
/** Limit of the write-ahead log for the buffer's size (retention.ts). */
const LOG_BYTES_MAX = 4 * 2 ** 20;

Deno.test("a backlog is delivered and deleted without a new row and without a wait for the flush interval", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder, { maxBytes: 2 ** 30 });
    await writeBacklog(options, ROWS, BODY_BYTES);
    const buffer = await mustOpen({ ...options, flushIntervalMs: FLUSH_INTERVAL_MS });
    strictEqual(buffer.opened.rows, ROWS);
    const ids: number[] = [];
    let undeletedMax = 0;
    let logBytesMax = 0;
    const uplink: Uplink = {
      name: "memory",
      async send(rows) {
        ids.push(...rows.map(({ id }) => id));
        undeletedMax = Math.max(undeletedMax, ids.length - buffer.stats.delivered);
        logBytesMax = Math.max(logBytesMax, Deno.statSync(`${options.path}-wal`).size);
        // A broker takes some time: the worker runs in between.
        await pause(1);
        return { ok: true };
      },
      close: () => Promise.resolve(),
    };
    const pump = createPump({
      ...{ buffer, uplink, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM },
      brokerAddress: null,
    });
    const stop = new AbortController();
    const running = pump.run(stop.signal).catch(() => {});
    const beganMs = performance.now();
    while (ids.length < ROWS || buffer.stats.rows >= ACKNOWLEDGED_ROWS_MAX) {
      ok(
        performance.now() - beganMs < LIMIT_MS,
        `${ids.length} rows sent, ${buffer.stats.rows} left`,
      );
      await pause(20);
    }
    stop.abort();
    await running;

    ok(ids.every((id, at) => id === at + 1), "every row once, oldest first");
    ok(buffer.stats.commits >= ROWS / undeletedMax, `${buffer.stats.commits} commits`);
    // A crash sends these rows again; the pump holds up to 10,000 rows.
    ok(undeletedMax <= ACKNOWLEDGED_ROWS_MAX + 10_000, `${undeletedMax} undeleted`);
    ok(logBytesMax <= LOG_BYTES_MAX, `write-ahead log of ${logBytesMax} bytes`);
    await buffer.close(FOREVER);
    strictEqual(buffer.stats.rows, 0);
  }));
