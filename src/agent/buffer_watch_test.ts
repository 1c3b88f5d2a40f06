import { deepStrictEqual, rejects } from "node:assert/strict";
import { createFakeClock } from "../base/clock.ts";
import { createMemoryLog } from "../base/log.ts";
import type { BufferStats } from "../buffer/buffer.ts";
import { watchBuffer } from "./buffer_watch.ts";

const CALM: BufferStats = {
  rows: 0,
  bytes: 0,
  oldestAtMs: null,
  stored: 0,
  storedBytes: 0,
  givenUpAtMs: null,
  delivered: 0,
  givenUp: 0,
  deadLetters: 0,
  commits: 0,
  fullCommits: 0,
  commitMsMax: 0,
  waiting: 0,
  failedCommits: 0,
  lastError: null,
};

Deno.test("the log hears once that the disk fails, once that it is well again, and of slow commits", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const log = createMemoryLog();
  const buffer = { stats: CALM };
  const stop = new AbortController();
  const watching = watchBuffer(buffer, clock, log, stop.signal);
  await clock.advance(1_000);
  buffer.stats = { ...CALM, lastError: "disk full", failedCommits: 1 };
  await clock.advance(3_000);
  buffer.stats = { ...CALM, commits: 1, commitMsMax: 2_000, rows: 7 };
  await clock.advance(3_000);
  deepStrictEqual(log.events.map(({ name }) => name), [
    "buffer.failed",
    "buffer.recovered",
    "buffer.slow",
  ]);
  stop.abort(new Error("stopped"));
  await rejects(watching, { message: "stopped" });
});
