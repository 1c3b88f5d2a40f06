/**
 * Each sync of the buffer takes 700 ms: rows that were read are sent without waiting.
 */

import { ok, strictEqual } from "node:assert/strict";
import { inFolder, optionsIn } from "../../src/testing/buffer/rows.ts";
import { compileLibrary } from "../../src/testing/disk/preload_library.ts";
import type { HoldTimes } from "./holding.ts";

const PROGRAM = new URL("./holding.ts", import.meta.url).pathname;
const SYNC_MS = 700;

Deno.test("rows that were read are held while the buffer syncs, without a wait for it", () =>
  inFolder(async (folder) => {
    const { path } = optionsIn(folder);
    await Deno.writeTextFile(`${folder}/sync_ms`, String(SYNC_MS));
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, folder],
      env: {
        LD_PRELOAD: await compileLibrary("slow_fsync"),
        SLOW_UNDER: `${path}:${path}-wal`,
        SLOW_CONTROL: `${folder}/sync_ms`,
        SLOW_LOG: `${folder}/slow_syncs`,
      },
      stderr: "inherit",
    }).output();
    ok(success);
    const times: HoldTimes = JSON.parse(new TextDecoder().decode(stdout));
    strictEqual(times.rows, 2_000);
    ok(times.flushMs >= SYNC_MS - 50, `the flush took ${times.flushMs} ms`);
    ok(times.holdsMs < SYNC_MS / 2, `the holds took ${times.holdsMs} ms`);
    const syncs = (await Deno.readTextFile(`${folder}/slow_syncs`)).trim().split("\n");
    ok(syncs.length >= 2, `${syncs.length} syncs were slow`);
  }));
