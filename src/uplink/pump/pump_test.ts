import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../../base/random.ts";
import { createPumpWorld as createWorld } from "../../testing/uplink/pump_world.ts";
import { BLOCKED_RETRY_MS } from "./pump.ts";

Deno.test("run() delivers every row in order after any sequence of failures", async () => {
  const faults = fc.array(
    fc.record({
      name: fc.constantFrom(
        ...["UNREACHABLE", "TIMEOUT", "NOT_LEADER_FOR_PARTITION", "DISK_FULL"],
        ...["UNKNOWN_TOPIC_OR_PARTITION", "MESSAGE_TOO_LARGE", "NEW_ERROR"],
      ),
      topic: fc.constantFrom("a", "b", "c", "*"),
      forMs: fc.integer({ min: 1, max: 60_000 }),
    }),
    { maxLength: 8 },
  );
  const batches = fc.array(
    fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 40 }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(faults, batches, fc.nat(99), async (faults, batches, seed) => {
      const world = createWorld(
        { batchRowsMax: 16, memoryRowsMax: 50, random: createSeededRandom(seed) },
        (topic, ids, atMs) => {
          let fromMs = 0;
          for (const fault of faults) {
            fromMs += fault.forMs;
            if (atMs < fromMs) {
              if (fault.topic !== topic && fault.topic !== "*") return "ok";
              // A single row is never too large here, so nothing may be dead-lettered.
              if (fault.name === "MESSAGE_TOO_LARGE" && ids.length === 1) return "ok";
              return fault.name;
            }
          }
          return "ok";
        },
      );
      const stored = new Map<string, number[]>([["a", []], ["b", []], ["c", []]]);
      for (const batch of batches) {
        const ids = world.buffer.commit(batch.map((topic) => ({ topic })));
        batch.forEach((topic, at) => stored.get(topic)?.push(ids[at] ?? 0));
        await world.advance(5_000);
      }
      await world.during(900_000);
      for (const [topic, ids] of stored) deepStrictEqual(world.delivered(topic), ids);
      deepStrictEqual(world.buffer.rows, []);
      deepStrictEqual(world.buffer.deadLetters, []);
      for (const send of world.sends) ok(send.ids.length <= 16);
      ok(world.buffer.readMost <= 50);
      const delivered = new Set(world.sends.flatMap((send) => send.delivered));
      for (const id of world.buffer.held) ok(delivered.has(id), `row ${id} stays held`);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a failed batch is sent again unchanged, even if more rows arrived", async () => {
  const world = createWorld({}, (_t, _i, atMs) => atMs < 30_000 ? "UNREACHABLE" : "ok");
  world.buffer.commit([{ topic: "a" }, { topic: "a" }]);
  await world.advance(10_000);
  world.buffer.commit([{ topic: "a" }]);
  await world.during(60_000);
  const failed = world.sends.filter((send) => !send.ok);
  ok(failed.length > 2);
  for (const send of failed) deepStrictEqual(send.ids, [1, 2]);
  deepStrictEqual(world.delivered("a"), [1, 2, 3]);
  strictEqual(world.buffer.rejections.size, 0);
});

Deno.test("batches shrink to one row while no answer arrives, and grow again", async () => {
  let limit = 1;
  const world = createWorld(
    { batchRowsMax: 64 },
    (_topic, ids) => ids.length > limit ? "TIMEOUT" : "ok",
  );
  world.buffer.commit(Array.from({ length: 200 }, () => ({ topic: "a" })));
  await world.advance(600_000);
  const smallest = world.sends.filter((send) => send.ok);
  ok(smallest.length > 4 && smallest.every((send) => send.ids.length === 1));
  limit = 1_000;
  world.buffer.commit(Array.from({ length: 500 }, () => ({ topic: "a" })));
  await world.during(600_000);
  strictEqual(world.delivered("a").length, 700);
  ok(world.sends.some((send) => send.ids.length === 64 && send.ok));
});

Deno.test("a blocked topic does not block the others, and its rows follow once it exists", async () => {
  let exists = false;
  const world = createWorld(
    { batchRowsMax: 10, memoryRowsMax: 40 },
    (topic) => topic === "gone" && !exists ? "UNKNOWN_TOPIC_OR_PARTITION" : "ok",
  );
  for (let at = 0; at < 20; at++) {
    world.buffer.commit(
      Array.from({ length: 30 }, (_, row) => ({ topic: row % 2 ? "gone" : "here" })),
    );
    await world.advance(1_000);
  }
  strictEqual(world.delivered("here").length, 300);
  strictEqual(world.pump.status.state, "holding");
  strictEqual(world.pump.status.alarms[0]?.topic, "gone");
  const tries = world.sends.filter((send) => send.topic === "gone").length;
  ok(tries >= 1 && tries <= 1 + 20_000 / BLOCKED_RETRY_MS, `${tries} attempts`);
  exists = true;
  await world.during(BLOCKED_RETRY_MS + 10_000);
  strictEqual(world.delivered("gone").length, 300);
  deepStrictEqual(world.buffer.rows, []);
  deepStrictEqual(
    world.events.filter((event) => event.kind.startsWith("alarm")).map(({ kind }) =>
      kind
    ),
    ["alarm_raised", "alarm_cleared"],
  );
  strictEqual(world.buffer.rejections.size, 0);
});

Deno.test("a row that is too large is dead-lettered alone and counted as rejected", async () => {
  const world = createWorld(
    {},
    (_topic, ids) => ids.includes(7) ? "MESSAGE_TOO_LARGE" : "ok",
  );
  world.buffer.commit(Array.from({ length: 20 }, () => ({ topic: "a" })));
  await world.during(60_000);
  deepStrictEqual(world.buffer.deadLetters, [{ id: 7, reason: "message_too_large" }]);
  strictEqual(world.delivered("a").length, 19);
  ok((world.buffer.rejections.get(7) ?? 0) > 1);
  strictEqual(world.pump.status.rowsDeadLettered, 1);
});

Deno.test("an aborted run() ends at once during a send", async () => {
  const world = createWorld({}, () => "hang");
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(10);
  strictEqual(world.sends.length, 1);
  await world.stop();
  strictEqual(world.buffer.rows.length, 1);
});

Deno.test("rows that arrive within lingerMs are sent together", async () => {
  const world = createWorld({ lingerMs: 20 }, () => "ok");
  await world.advance(1_000);
  for (let at = 0; at < 5; at++) {
    world.buffer.commit([{ topic: "a" }]);
    await world.advance(3);
  }
  await world.during(100);
  strictEqual(world.sends.length, 1);
});

Deno.test("an idle pump updates lastMoveMs and does not run a busy loop", async () => {
  const world = createWorld({}, () => "ok");
  let turns = 0;
  const { waitForRows } = world.buffer;
  world.buffer.waitForRows = (
    afterId,
    signal,
  ) => (turns++, waitForRows(afterId, signal));
  await world.advance(60_000);
  ok(world.clock.monotonicMs() - world.pump.lastMoveMs <= 5_000);
  ok(turns <= 13, `${turns} turns`);
  await world.stop();
});

Deno.test("attempts to reach an unreachable destination start at most 5 s apart, also if each is slow", async () => {
  for (const takesMs of [0, 4_000]) {
    const world = createWorld({}, () => "UNREACHABLE", { takesMs });
    world.buffer.commit([{ topic: "a" }]);
    await world.during(120_000);
    const gaps = world.sends.slice(1).map(({ atMs }, at) =>
      atMs - (world.sends[at]?.atMs ?? NaN)
    );
    ok(gaps.length > 20);
    // The clock advances in steps of 250 ms.
    for (const gapMs of gaps) ok(gapMs >= 100 && gapMs <= 5_500, `${gapMs} ms`);
  }
});

Deno.test("lastMoveMs increases during a send within the uplink's limit, and not beyond it", async () => {
  const world = createWorld({}, () => "hang", { sendLimitMs: 300_000 });
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(290_000);
  const silentMs = () => world.clock.monotonicMs() - world.pump.lastMoveMs;
  ok(silentMs() <= 5_000, `${silentMs()} ms`);
  await world.advance(100_000);
  ok(silentMs() >= 80_000, `${silentMs()} ms`);
  await world.stop();
});

Deno.test("a long read of the buffer is not a stall of the pump", async () => {
  const world = createWorld({}, () => "ok");
  const oldest = world.buffer.oldest.bind(world.buffer);
  let reads = 0;
  world.buffer.oldest = async (query, signal) => {
    if (++reads === 1) await world.clock.sleep(300_000, signal);
    return await oldest(query, signal);
  };
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(290_000);
  strictEqual(reads, 1);
  const silentMs = world.clock.monotonicMs() - world.pump.lastMoveMs;
  ok(silentMs <= 5_000, `${silentMs} ms`);
  await world.advance(20_000);
  strictEqual(world.delivered("a").length, 1);
  await world.stop();
});

Deno.test("rows that were evicted before their send are not sent", async () => {
  const world = createWorld(
    { batchRowsMax: 4 },
    (_, __, atMs) => atMs < 20_000 ? "UNREACHABLE" : "ok",
  );
  const ids = world.buffer.commit(Array.from({ length: 12 }, () => ({ topic: "a" })));
  await world.advance(10_000); // all rows are in the pump's memory
  const evicted = world.buffer.evict(ids.slice(0, 7));
  strictEqual(evicted.length, 7, "rows that were certainly not delivered are held");
  await world.during(60_000);
  deepStrictEqual(world.delivered("a"), ids.slice(7));
});

Deno.test("rows that may have arrived stay held until they are acknowledged", async () => {
  const answers = ["NETWORK_EXCEPTION", "UNREACHABLE", "UNREACHABLE"];
  const world = createWorld(
    { batchRowsMax: 4 },
    (_, __, atMs) => atMs < 20_000 ? answers.shift() ?? "UNREACHABLE" : "ok",
  );
  const ids = world.buffer.commit(Array.from({ length: 12 }, () => ({ topic: "a" })));
  await world.advance(10_000);
  deepStrictEqual(world.buffer.evict(ids.slice(0, 7)), ids.slice(4, 7));
  await world.during(60_000);
  deepStrictEqual(world.delivered("a"), [...ids.slice(0, 4), ...ids.slice(7)]);
});

Deno.test("batches do not wait for the buffer once their rows were read", async () => {
  const world = createWorld({ batchRowsMax: 10 }, () => "ok");
  world.buffer.commit(Array.from({ length: 95 }, () => ({ topic: "a" })));
  await world.during(1_000);
  strictEqual(world.delivered("a").length, 95);
  strictEqual(world.sends.length, 10);
  strictEqual(world.buffer.roundTrips, 0);
});

Deno.test("rows in memory are held only while they are about to be sent", async () => {
  const world = createWorld(
    { batchRowsMax: 4 },
    (_, __, atMs) => atMs < 20_000 ? "UNREACHABLE" : "ok",
    { takesMs: 1_000 },
  );
  const ids = world.buffer.commit(Array.from({ length: 12 }, () => ({ topic: "a" })));
  await world.advance(500);
  deepStrictEqual([...world.buffer.held], ids, "the first send is in progress");
  await world.advance(1_000);
  ok(world.buffer.held.size <= 4, "after a failure only the next batch is held");
  await world.during(60_000);
  deepStrictEqual(world.delivered("a"), ids);
});

Deno.test("a slow read of the buffer delays no row that is in memory", async () => {
  const world = createWorld(
    { batchRowsMax: 10, memoryRowsMax: 100 },
    () => "ok",
    { takesMs: 100 },
  );
  const ids = world.buffer.commit(Array.from({ length: 300 }, () => ({ topic: "a" })));
  await world.advance(700);
  const { promise, resolve } = Promise.withResolvers<void>();
  world.buffer.readsWaitFor = promise;
  await world.advance(5_000);
  const sent = world.delivered("a").length;
  ok(sent >= 150, `${sent} rows: half of the memory was not filled beside the sends`);
  resolve();
  await world.during(10_000);
  deepStrictEqual(world.delivered("a"), ids);
  ok(world.sends.every((send) => send.ids.length === 10));
});
