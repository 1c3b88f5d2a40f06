import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { createFakeClock } from "../../testing/fake_clock.ts";
import { SYSTEM_CLOCK } from "../../platform/system_clock.ts";
import {
  FINGERPRINT,
  FOREVER,
  inFolder,
  mustOpen,
  optionsIn,
  rowOf,
  rowsOf,
  SCHEMA,
  streamOf,
} from "../../testing/buffer/rows.ts";
import { BufferFailure } from "../buffer.ts";
import { leastMaxBytes } from "../retention.ts";
import { openBuffer } from "./client.ts";

const ALL = { afterId: 0, countMax: 10_000, bytesMax: 1e9 };

Deno.test("a start leaves the reserve of the run before as it is", () =>
  inFolder(async (folder) => {
    const openAndClose = async (): Promise<[number, number | undefined]> => {
      await (await mustOpen(optionsIn(folder))).close(FOREVER);
      const { size, mtime } = Deno.statSync(`${folder}/queue.db.reserve`);
      return [size, mtime?.getTime()];
    };
    const before = await openAndClose();
    deepStrictEqual(await openAndClose(), before);
  }));

Deno.test("oldest() returns the flushed rows in order, also after a restart", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder);
    let buffer = await mustOpen(options);
    const { epoch } = buffer.opened;
    const rows = rowsOf("a", epoch, 1, 1_200);
    for (let at = 0; at < rows.length; at += 100) {
      await buffer.append(rows.slice(at, at + 100), FOREVER);
    }
    await buffer.flush(FOREVER);
    const stored = await buffer.oldest(ALL, FOREVER);
    deepStrictEqual(
      stored.map(({ payload, key, topic, createdAtMs }) => ({
        payload,
        key,
        topic,
        createdAtMs,
      })),
      rows.map(({ payload, key, topic, createdAtMs }) => ({
        payload,
        key,
        topic,
        createdAtMs,
      })),
    );
    buffer.acknowledge(stored.slice(0, 1_000).map((row) => row.id));
    await buffer.close(FOREVER);
    buffer = await mustOpen(options);
    strictEqual(buffer.opened.rows, 200);
    ok(buffer.opened.epoch > epoch);
    deepStrictEqual(buffer.opened.streams.get(streamOf("a")), { epoch, seq: 1_200 });
    const left = await buffer.oldest(ALL, FOREVER);
    deepStrictEqual(
      left.map((row) => row.id),
      stored.slice(1_000).map((row) => row.id),
    );
    await buffer.close(FOREVER);
  }));

Deno.test("a file that is removed or replaced in use is a BufferFailure", async () => {
  for (const replace of [false, true]) {
    await inFolder(async (folder) => {
      const options = optionsIn(folder, { flushIntervalMs: 10 });
      const buffer = await mustOpen(options);
      await buffer.append(rowsOf("a", 1, 1, 10), FOREVER);
      await buffer.flush(FOREVER);
      await Deno.remove(options.path);
      if (replace) await Deno.writeTextFile(options.path, "");
      const waiting = buffer.waitForRows(10, FOREVER);
      await rejects(waiting, /queue\.db was removed or replaced/);
      await rejects(buffer.close(FOREVER), BufferFailure);
    });
  }
});

Deno.test("oldest() skips acknowledged rows that are not deleted yet", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder, { flushIntervalMs: 60_000 }));
    await buffer.append(rowsOf("a", 1, 1, 10), FOREVER);
    await buffer.flush(FOREVER);
    const rows = await buffer.oldest({ ...ALL, countMax: 4 }, FOREVER);
    strictEqual(rows.length, 4);
    buffer.acknowledge(rows.map((row) => row.id));
    const next = await buffer.oldest({ ...ALL, countMax: 4 }, FOREVER);
    deepStrictEqual(next.map((row) => row.id), [5, 6, 7, 8]);
    await buffer.close(FOREVER);
  }));

Deno.test("waitForRows() does not resolve for rows that were evicted", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder, { maxRows: 0 }));
    let resolved = 0;
    const wait = async (afterId: number): Promise<void> => {
      await buffer.waitForRows(afterId, FOREVER).catch(() => {});
      resolved++;
    };
    const first = wait(0);
    await buffer.append([rowOf("a", 1, 1)], FOREVER);
    await buffer.flush(FOREVER);
    strictEqual(buffer.stats.evicted, 1);
    strictEqual(resolved, 0, "resolved for an evicted row");
    await buffer.close(FOREVER);
    await first;
  }));

Deno.test("waitForRows() does not resolve for ids whose rows were deleted", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder, { maxRows: 2 }));
    await buffer.append(rowsOf("a", 1, 1, 2), FOREVER);
    await buffer.flush(FOREVER);
    await buffer.waitForRows(0, FOREVER);
    buffer.acknowledge([1, 2]);
    deepStrictEqual(await buffer.oldest(ALL, FOREVER), []);
    const late = await Promise.race([
      buffer.waitForRows(0, FOREVER).then(() => "resolved"),
      SYSTEM_CLOCK.sleep(100, FOREVER).then(() => "waiting"),
    ]);
    strictEqual(late, "waiting");
    const waiting = buffer.waitForRows(0, FOREVER);
    await buffer.append([rowOf("a", 1, 3)], FOREVER);
    await waiting;
    await buffer.close(FOREVER);
  }));

Deno.test("adjust() evicts rows beyond lowered limits at once and leaves a gap", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder, { flushIntervalMs: 60_000 });
    const buffer = await mustOpen(options);
    buffer.addSchema(FINGERPRINT, SCHEMA);
    const { epoch } = buffer.opened;
    await buffer.append(rowsOf("a", epoch, 1, 5_000), FOREVER);
    await buffer.flush(FOREVER);
    buffer.adjust({ ...options, maxRows: 100, flushIntervalMs: 10 });
    // Without a flush: the new flush interval commits it.
    await buffer.append(rowsOf("a", epoch, 5_001, 5_001), FOREVER);
    await buffer.waitForRows(5_000, FOREVER);
    const { rows, evicted: givenUp } = buffer.stats;
    deepStrictEqual({ rows, givenUp }, { rows: 100, givenUp: 4_901 });
    deepStrictEqual(
      buffer.pendingGaps.map(({ firstSeq, lastSeq, reason }) => [
        firstSeq,
        lastSeq,
        reason,
      ]),
      [[1, 4_901, "max_rows"]],
    );
    await buffer.close(FOREVER);
  }));

Deno.test("rows of a read with hold are sent without waiting for a commit, and are not evicted", () =>
  inFolder(async (folder) => {
    const options = { ...optionsIn(folder), maxRows: 80 };
    const buffer = await mustOpen(options);
    await buffer.append(rowsOf("a", buffer.opened.epoch, 1, 40), FOREVER);
    await buffer.flush(FOREVER);
    const rows = await buffer.oldest({ ...ALL, hold: true }, FOREVER);
    let flushed = false;
    const flushing = buffer.flush(FOREVER).then(() => flushed = true);
    const sent = rows.slice(0, 3);
    deepStrictEqual(await buffer.hold(sent, FOREVER), { kind: "held", rows: 3 });
    strictEqual(flushed, false, "hold() waited for the commit");
    await flushing;

    const idsLeft = async (maxRows: number): Promise<number[]> => {
      buffer.adjust({ ...options, maxRows });
      await buffer.flush(FOREVER);
      return (await buffer.oldest(ALL, FOREVER)).map(({ id }) => id);
    };
    // An eighth of max_rows can be held, a read takes half of that.
    deepStrictEqual(await idsLeft(10), [1, 2, 3, 4, 5, 36, 37, 38, 39, 40]);
    buffer.releaseUnsent();
    deepStrictEqual(await idsLeft(6), [1, 2, 3, 38, 39, 40]);
    const next = await buffer.hold(rows.slice(3, 6), FOREVER);
    deepStrictEqual(next, { kind: "evicted", ids: [4, 5, 6] });
    await buffer.close(FOREVER);
  }));

Deno.test("stats state the least max_bytes if it is too small for the streams that were found", () =>
  inFolder(async (folder) => {
    const options = optionsIn(folder, { maxBytes: 512 * 1024 });
    const buffer = await mustOpen(options);
    const { epoch } = buffer.opened;
    await buffer.append([rowOf("a", epoch, 1)], FOREVER);
    await buffer.flush(FOREVER);
    strictEqual(buffer.stats.maxBytesLeast, null);
    const found = Array.from({ length: 100 }, (_, at) => rowOf(`d${at}`, epoch, 1));
    await buffer.append(found, FOREVER);
    await buffer.flush(FOREVER);
    const least = leastMaxBytes({ streams: 101, schemaBytes: 0 });
    ok(least > options.maxBytes);
    strictEqual(buffer.stats.maxBytesLeast, least);
    buffer.adjust({ ...options, maxBytes: least });
    await buffer.flush(FOREVER);
    strictEqual(buffer.stats.maxBytesLeast, null);
    await buffer.close(FOREVER);
  }));

Deno.test("rows are committed without a flush after the flush interval", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    await buffer.append([rowOf("a", 1, 1)], FOREVER);
    await buffer.waitForRows(0, FOREVER);
    strictEqual(buffer.stats.rows, 1);
    const deadlineMs = SYSTEM_CLOCK.monotonicMs() + 5_000;
    while (buffer.stats.fullCommits === 0 && SYSTEM_CLOCK.monotonicMs() < deadlineMs) {
      await SYSTEM_CLOCK.sleep(10, FOREVER);
    }
    strictEqual(buffer.stats.fullCommits, 1, "the power-loss window was not closed");
    await buffer.close(FOREVER);
  }));

Deno.test("lastMoveMs increases while the buffer is idle", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const before = buffer.lastMoveMs;
    await SYSTEM_CLOCK.sleep(250, FOREVER);
    ok(buffer.lastMoveMs > before);
    await buffer.close(FOREVER);
  }));

Deno.test("schema() returns an added schema at once, and after a restart", () =>
  inFolder(async (folder) => {
    let buffer = await mustOpen(optionsIn(folder));
    buffer.addSchema(FINGERPRINT, SCHEMA);
    strictEqual(await buffer.schema(FINGERPRINT, FOREVER), SCHEMA);
    strictEqual(await buffer.schema("ffffffffffffffff", FOREVER), undefined);
    await buffer.close(FOREVER);
    buffer = await mustOpen(optionsIn(folder));
    strictEqual(await buffer.schema(FINGERPRINT, FOREVER), SCHEMA);
    await buffer.close(FOREVER);
  }));

Deno.test("openBuffer() reports the process that has the file open", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const second = await openBuffer(optionsIn(folder), SYSTEM_CLOCK, FOREVER);
    ok(!second.ok && second.fault.kind === "in_use");
    ok(second.fault.detail.includes(String(Deno.pid)));
    await buffer.close(FOREVER);
    await (await mustOpen(optionsIn(folder))).close(FOREVER);
  }));

Deno.test("openBuffer() takes the epoch from the given clock", () =>
  inFolder(async (folder) => {
    const clock = createFakeClock({ wallMs: 5_000_000_000_000 });
    const opened = await openBuffer(optionsIn(folder), clock, FOREVER);
    ok(opened.ok);
    strictEqual(opened.value.opened.epoch, 5_000_000_001);
    await opened.value.close(FOREVER);
  }));

Deno.test("after close() every call rejects and none hangs", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const waiting = buffer.waitForRows(0, FOREVER);
    const resolved = rejects(waiting, BufferFailure);
    await buffer.close(FOREVER);
    await buffer.close(FOREVER);
    await resolved;
    await rejects(buffer.append([rowOf("a", 1, 1)], FOREVER), BufferFailure);
    await rejects(buffer.flush(FOREVER), BufferFailure);
    await rejects(buffer.oldest(ALL, FOREVER), BufferFailure);
    await rejects(buffer.schema(FINGERPRINT, FOREVER), BufferFailure);
    buffer.acknowledge([1]);
    buffer.reject([1]);
    buffer.deadLetter(1, "too late");
  }));

Deno.test("an aborted signal rejects a call with its reason", () =>
  inFolder(async (folder) => {
    const buffer = await mustOpen(optionsIn(folder));
    const stop = new AbortController();
    const waiting = buffer.waitForRows(0, stop.signal);
    stop.abort(new Error("stopped"));
    await rejects(waiting, { message: "stopped" });
    await rejects(buffer.flush(stop.signal), { message: "stopped" });
    await rejects(openBuffer(optionsIn(folder), SYSTEM_CLOCK, stop.signal), {
      message: "stopped",
    });
    await buffer.close(FOREVER);
  }));
