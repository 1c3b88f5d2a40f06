import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isJournal } from "./journal.ts";
import fc from "fast-check";
import { readClockSynced } from "./clock_sync.ts";
import { createLagWindow } from "./lag_window.ts";
import { watchLoopLag } from "./event_loop_lag.ts";
import { notifyTarget, runtimeFolder, statusLine, watchdogEveryMs } from "./notify.ts";
import { openServiceManager } from "./systemd.ts";

Deno.test("isJournal() distinguishes the journal stream from an inherited variable", async () => {
  const path = await Deno.makeTempFile();
  const { dev, ino } = await Deno.stat(path);
  strictEqual(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, path), true);
  strictEqual(isJournal({ JOURNAL_STREAM: `${dev}:${(ino ?? 0) + 1}` }, path), false);
  strictEqual(isJournal({}, path), false);
  await Deno.remove(path);
  strictEqual(isJournal({ JOURNAL_STREAM: `${dev}:${ino}` }, path), false);
});

Deno.test("watchdogEveryMs() is less than half of the timeout, or null", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2_000, max: 600_000_000 }), (usec) => {
      const every = watchdogEveryMs({ WATCHDOG_USEC: String(usec) }, 7);
      ok(every !== null && every >= 1 && every * 2_000 <= usec);
    }),
  );
  strictEqual(watchdogEveryMs({}, 7), null);
  for (const text of ["", "0", "-5", "1e6", "abc", " 5"]) {
    strictEqual(watchdogEveryMs({ WATCHDOG_USEC: text }, 7), null, text);
  }
  strictEqual(
    watchdogEveryMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" }, 7),
    9_000,
  );
  strictEqual(
    watchdogEveryMs({ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" }, 7),
    null,
  );
});

Deno.test("notifyTarget() accepts a path and rejects other addresses", () => {
  deepStrictEqual(notifyTarget({}), { kind: "none" });
  deepStrictEqual(notifyTarget({ NOTIFY_SOCKET: "/run/n" }), {
    kind: "path",
    path: "/run/n",
  });
  strictEqual(notifyTarget({ NOTIFY_SOCKET: "@abstract" }).kind, "unusable");
  strictEqual(notifyTarget({ NOTIFY_SOCKET: "vsock:2:1" }).kind, "unusable");
  strictEqual(runtimeFolder({ RUNTIME_DIRECTORY: "/run/a:/run/b" }), "/run/a");
  strictEqual(runtimeFolder({}), undefined);
});

Deno.test("statusLine() returns one line for any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 350 }), (text) => {
      const line = statusLine(text);
      ok(!/\n/.test(line) && line.length <= 301);
    }),
    { numRuns: 30 },
  );
});

Deno.test("openServiceManager() does nothing without a service manager", async () => {
  const faults: string[] = [];
  const none = openServiceManager({}, (fault) => faults.push(fault));
  await none.ready("up");
  none.close();
  deepStrictEqual([none.active, none.watchdogEveryMs, faults], [false, null, []]);
});

Deno.test("openServiceManager() reports a missing socket once and never throws", async () => {
  const folder = await Deno.makeTempDir();
  const env = { NOTIFY_SOCKET: `${folder}/none`, RUNTIME_DIRECTORY: folder };
  const faults: string[] = [];
  const manager = openServiceManager(env, (fault) => faults.push(fault));
  await manager.ready("up");
  await manager.watchdog();
  manager.close();
  await manager.stopping("down");
  strictEqual(faults.length, 1);
  deepStrictEqual([...Deno.readDirSync(folder)], []); // no socket file is left
  await Deno.remove(folder);
});

Deno.test("LagWindow.take() returns median and maximum and starts a new window", () => {
  const window = createLagWindow();
  for (const late of [5, -1, 100, 2, 3.14159]) window.add(late);
  deepStrictEqual(window.take(), { p50Ms: 3.1, maxMs: 100, samples: 5 });
  deepStrictEqual(window.take(), { p50Ms: 0, maxMs: 0, samples: 0 });
});

Deno.test("watchLoopLag() detects a blocked event loop", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const watch = watchLoopLag({
    intervalMs: 10,
    windowMs: 60,
    onWindow: ({ maxMs }) => resolve(maxMs),
  });
  const end = performance.now() + 80;
  while (performance.now() < end);
  const keepAlive = setTimeout(() => resolve(-1), 5_000);
  const maxMs = await promise;
  clearTimeout(keepAlive);
  watch.close();
  ok(maxMs >= 60, `${maxMs}`);
});

Deno.test("readClockSynced() reads the state of systemd-timesyncd only", async () => {
  const folder = await Deno.makeTempDir();
  strictEqual(await readClockSynced(`${folder}/none`), null);
  strictEqual(await readClockSynced(folder), false);
  await Deno.writeTextFile(`${folder}/synchronized`, "");
  strictEqual(await readClockSynced(folder), true);
  const tenHoursAgo = new Date(Date.now() - 36_000_000);
  await Deno.utime(`${folder}/synchronized`, tenHoursAgo, tenHoursAgo);
  strictEqual(await readClockSynced(folder), false);
  await Deno.remove(folder, { recursive: true });
});
