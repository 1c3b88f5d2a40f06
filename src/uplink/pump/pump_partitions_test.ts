import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../../base/random.ts";
import { createPumpWorld } from "../../testing/uplink/pump_world.ts";

const KEYS = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
const PARTITIONS = 4;
const ERRORS = [
  ...["NOT_ENOUGH_REPLICAS", "INVALID_TIMESTAMP", "REQUEST_TIMED_OUT", "TIMEOUT"],
  ...["UNKNOWN_TOPIC_OR_PARTITION", "MESSAGE_TOO_LARGE", "NEW_ERROR", "UNREACHABLE"],
];

const partitionOf = ({ key }: { readonly key: string }) =>
  KEYS.indexOf(key) % PARTITIONS;

Deno.test("run() delivers every row once and in order after any failures of partitions", async () => {
  const faults = fc.array(
    fc.record({
      name: fc.constantFrom(...ERRORS),
      topic: fc.constantFrom("a", "b"),
      partition: fc.nat(PARTITIONS - 1),
      fromMs: fc.nat(60_000),
      forMs: fc.integer({ min: 1, max: 60_000 }),
    }),
    { maxLength: 10 },
  );
  const batches = fc.array(
    fc.array(
      fc.record({
        topic: fc.constantFrom("a", "b"),
        key: fc.constantFrom(...KEYS),
      }),
      { minLength: 1, maxLength: 40 },
    ),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(faults, batches, fc.nat(99), async (faults, batches, seed) => {
      const world = createPumpWorld(
        { batchRowsMax: 16, memoryRowsMax: 50, random: createSeededRandom(seed) },
        (topic, ids, atMs, partition) => {
          const fault = faults.find((fault) =>
            fault.topic === topic && fault.partition === partition &&
            atMs >= fault.fromMs && atMs < fault.fromMs + fault.forMs
          );
          if (fault === undefined) return "ok";
          // A single row is never too large here, so nothing may be dead-lettered.
          return fault.name === "MESSAGE_TOO_LARGE" && ids.length === 1
            ? "ok"
            : fault.name;
        },
        { partitionOf, nothingAnswered: true },
      );
      const stored = new Map<string, number[]>();
      const add = (topic: string, key: string, id: number) => {
        const name = `${topic} ${key}`;
        stored.set(name, [...stored.get(name) ?? [], id]);
      };
      for (const batch of batches) {
        const ids = world.buffer.commit(batch);
        batch.forEach(({ topic, key }, at) => add(topic, key, ids[at] ?? 0));
        await world.advance(5_000);
      }
      await world.during(900_000);
      const streamOf = new Map(
        [...stored].flatMap(([name, ids]) => ids.map((id) => [id, name])),
      );
      const delivered = world.sends.flatMap((send) => send.delivered);
      for (const [name, ids] of stored) {
        deepStrictEqual(delivered.filter((id) => streamOf.get(id) === name), ids, name);
      }
      deepStrictEqual(world.buffer.rows, []);
      deepStrictEqual(world.buffer.deadLetters, []);
      deepStrictEqual(world.pump.status.alarms, []);
      ok(world.buffer.readMost <= 50);
    }),
    { numRuns: 40 },
  );
});

Deno.test("a partition or a schema that is refused for long delays no row of the others", async () => {
  const errors = [
    ...["NOT_ENOUGH_REPLICAS", "INVALID_TIMESTAMP", "SCHEMA_UNKNOWN", "NEW_ERROR"],
  ];
  for (const error of errors) {
    const world = createPumpWorld(
      { batchRowsMax: 100, memoryRowsMax: 200 },
      (_topic, _ids, _atMs, partition) => partition === 1 ? error : "ok",
      { partitionOf },
    );
    let healthy = 0;
    for (let at = 0; at < 60; at++) {
      world.buffer.commit(KEYS.map((key) => ({ topic: "a", key })));
      healthy += KEYS.filter((key) => partitionOf({ key }) !== 1).length;
      await world.advance(1_000);
      strictEqual(world.delivered("a").length, healthy, `${error} after ${at} s`);
    }
    strictEqual(world.pump.status.state, "holding");
    strictEqual(world.pump.status.alarms.length, 1);
    const raised = world.events.filter(({ kind }) => kind === "alarm_raised");
    strictEqual(raised.length, 1, "the alarm is raised once");
    await world.stop();
  }
});

Deno.test("the rows of a partition without an answer are sent again unchanged", async () => {
  const world = createPumpWorld(
    {},
    (_topic, _ids, atMs, partition) =>
      partition === 2 && atMs < 2_000 ? "REQUEST_TIMED_OUT" : "ok",
    { partitionOf },
  );
  const ids = world.buffer.commit(KEYS.map((key) => ({ topic: "a", key })));
  await world.advance(250);
  world.buffer.commit(KEYS.map((key) => ({ topic: "a", key })));
  await world.during(30_000);
  const expected = ids.filter((_, at) => at % PARTITIONS === 2);
  const again = world.sends.filter((send) => send.ids.includes(expected[0] ?? 0)).slice(
    1,
  );
  ok(again.length >= 1);
  for (const send of again) deepStrictEqual(send.ids, expected);
});

Deno.test("the alarm of refused rows ends when all of them were evicted", async () => {
  for (
    const error of ["INVALID_TIMESTAMP", "NEW_ERROR", "TOPIC_AUTHORIZATION_FAILED"]
  ) {
    const world = createPumpWorld(
      {},
      (topic, _ids, _atMs, partition) =>
        topic === "a" && partition === 1 ? error : "ok",
      { partitionOf },
    );
    const ids = world.buffer.commit(KEYS.map((key) => ({ topic: "a", key })));
    await world.advance(120_000);
    deepStrictEqual(world.pump.status.alarms.map(({ topic }) => topic), ["a"], error);
    const refused = new Set(world.buffer.rows.map(({ id }) => id));
    ok(refused.size >= 2 && refused.size < ids.length, "the fault was not injected");
    world.buffer.release([...refused]); // NEW_ERROR may have stored them
    strictEqual(world.buffer.evict([...refused]).length, refused.size);
    await world.advance(90_000);
    deepStrictEqual(world.pump.status.alarms, [], error);
    strictEqual(world.pump.status.state, "idle");
    const sends = world.sends.length;
    world.buffer.commit([{ topic: "a", key: "k0" }, { topic: "b", key: "k1" }]);
    await world.during(30_000);
    strictEqual(world.sends.length, sends + 2, "nothing else is sent");
  }
});

Deno.test("a queue that waits with a batch to repeat keeps no newer rows in memory", async () => {
  const world = createPumpWorld(
    { batchRowsMax: 16, memoryRowsMax: 50 },
    (_topic, _ids, _atMs, partition) => partition === 1 ? "REQUEST_TIMED_OUT" : "ok",
    {
      partitionOf,
      takesMs: (results) => results.includes("REQUEST_TIMED_OUT") ? 15_000 : 50,
    },
  );
  world.buffer.commit([{ topic: "a", key: "k1" }]);
  await world.advance(200_000);
  ok(world.sends.length > 2, "the fault was not injected");
  world.buffer.commit(Array.from({ length: 1_000 }, () => ({ topic: "a", key: "k1" })));
  world.buffer.commit([{ topic: "b", key: "k0" }]);
  for (let step = 0; step < 300; step++) {
    await world.advance(250);
    ok(world.buffer.held.size <= 50, `${world.buffer.held.size} rows in memory`);
  }
  strictEqual(world.delivered("b").length, 1);
  await world.stop();
});
