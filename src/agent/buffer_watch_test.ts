import { deepStrictEqual, rejects } from "node:assert/strict";
import { createFakeClock } from "../testing/fake_clock.ts";
import { createMemoryLog } from "../testing/memory_log.ts";
import type { BufferStats } from "../buffer/buffer.ts";
import { logBufferProblems, SIZE_CHECKS } from "./buffer_watch.ts";

const CALM: BufferStats = {
  rows: 0,
  bytes: 0,
  oldestAtMs: null,
  stored: 0,
  storedBytes: 0,
  evictedAtMs: null,
  delivered: 0,
  evicted: 0,
  deadLetters: 0,
  commits: 0,
  fullCommits: 0,
  commitMsMax: 0,
  waiting: 0,
  failedCommits: 0,
  lastError: null,
  markError: null,
  isDiskFull: false,
  logBytes: 0,
  logBytesMax: 100,
  maxBytesLeast: null,
};

Deno.test("logBufferProblems() logs a failing disk once, its recovery once, and slow commits", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const log = createMemoryLog();
  const buffer = { stats: CALM };
  const stop = new AbortController();
  const watching = logBufferProblems(buffer, "/q.db", clock, log, stop.signal);
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

Deno.test("logBufferProblems() logs a log that stays above its share once, and its end", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const log = createMemoryLog();
  const buffer = { stats: { ...CALM, logBytes: 101 } };
  const stop = new AbortController();
  const watching = logBufferProblems(buffer, "/q.db", clock, log, stop.signal);
  await clock.advance(2_000);
  deepStrictEqual(log.events, []);
  await clock.advance(60_000);
  buffer.stats = CALM;
  await clock.advance(2_000);
  deepStrictEqual(log.events.map(({ name }) => name), [
    "buffer.log_held",
    "buffer.log_released",
  ]);
  stop.abort(new Error("stopped"));
  await rejects(watching, { message: "stopped" });
});

Deno.test("logBufferProblems() logs a max_bytes that is too small once the devices are found, and again only if more are found", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const log = createMemoryLog();
  const buffer = { stats: CALM };
  const stop = new AbortController();
  const watching = logBufferProblems(buffer, "/q.db", clock, log, stop.signal);
  const logged = (): unknown[] => log.events.map(({ fields }) => fields["leastBytes"]);
  for (let found = 1; found <= 10; found++) {
    buffer.stats = { ...CALM, maxBytesLeast: found * 65_536 };
    await clock.advance(5_000);
  }
  deepStrictEqual(logged(), []);
  await clock.advance(SIZE_CHECKS * 10_000);
  deepStrictEqual(logged(), [655_360]);
  buffer.stats = { ...CALM, maxBytesLeast: 720_896 };
  await clock.advance(SIZE_CHECKS * 10_000);
  buffer.stats = CALM;
  await clock.advance(SIZE_CHECKS * 10_000);
  deepStrictEqual(logged(), [655_360, 720_896]);
  stop.abort(new Error("stopped"));
  await rejects(watching, { message: "stopped" });
});
