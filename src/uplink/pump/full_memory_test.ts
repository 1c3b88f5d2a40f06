import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../../base/random.ts";
import type { OldestQuery } from "../../buffer/buffer.ts";
import { createPumpWorld } from "../../testing/uplink/pump_world.ts";

const LIMITS = { batchRowsMax: 50, memoryRowsMax: 200 };
const KEYS = ["k0", "k1", "k2", "k3"];
const partitionOf = ({ key }: { readonly key: string }) =>
  Math.max(0, KEYS.indexOf(key));

/** `rounds` rows of each topic, in turn. */
function inTurn(topics: readonly string[], rounds: number): { topic: string }[] {
  return Array.from({ length: rounds }, () => topics.map((topic) => ({ topic })))
    .flat();
}

for (const error of ["UNREACHABLE", "TIMEOUT", "TLS_EXPIRED"]) {
  for (const count of [1, 16]) {
    Deno.test(`${count} topics that fail with ${error} and fill the memory delay no row of the others`, async () => {
      const sick = Array.from({ length: count }, (_, at) => `sick-${at}`);
      let isSick = true;
      const world = createPumpWorld(
        LIMITS,
        (topic) => isSick && topic.startsWith("sick") ? error : "ok",
      );
      const backlog = world.buffer.commit(inTurn(sick, Math.ceil(2_000 / count)));
      let healthy = world.buffer.commit(inTurn(["a", "b"], 500)).length;
      await world.advance(30_000);
      strictEqual(
        world.delivered("a").length + world.delivered("b").length,
        healthy,
        "the backlog of the others waits",
      );
      for (let second = 0; second < 60; second++) {
        world.buffer.commit(inTurn(sick, 1));
        healthy += world.buffer.commit(inTurn(["a", "b"], 1)).length;
        await world.advance(1_000);
        strictEqual(
          world.delivered("a").length + world.delivered("b").length,
          healthy,
          `a row waits after ${second} s`,
        );
      }
      ok(world.sends.some(({ ok }) => !ok), "the fault was not injected");
      isSick = false;
      await world.during(600_000);
      deepStrictEqual(world.buffer.rows, []);
      const delivered = sick.flatMap((topic) => {
        const ids = world.delivered(topic);
        deepStrictEqual(ids, ids.toSorted((a, b) => a - b));
        return ids;
      });
      strictEqual(delivered.length, backlog.length + 60 * count);
    });
  }
}

Deno.test("after an outage of all topics the backlog is read once, all topics together", async () => {
  const world = createPumpWorld(
    LIMITS,
    (_topic, _ids, atMs) => atMs < 120_000 ? "UNREACHABLE" : "ok",
  );
  const reads: OldestQuery[] = [];
  const { oldest } = world.buffer;
  world.buffer.oldest = async (query, signal) => {
    const rows = await oldest.call(world.buffer, query, signal);
    if (rows.length > 0) reads.push(query);
    return rows;
  };
  world.buffer.commit(inTurn(["a", "b"], 1_000));
  world.buffer.commit([{ topic: "rare" }]);
  world.buffer.commit(inTurn(["a", "b"], 1_000));
  await world.during(180_000);
  deepStrictEqual(world.buffer.rows, []);
  ok(world.sends.some(({ topic, ok }) => topic === "rare" && !ok), "it was not tried");
  const ofOneTopic = reads.filter(({ topic }) => topic !== undefined).length;
  ok(ofOneTopic <= 8, `${ofOneTopic} of ${reads.length} reads are of one topic`);
});

Deno.test("a batch that may have arrived is sent again unchanged after its rows were released", async () => {
  const topics = Array.from({ length: 16 }, (_, at) => `t${at}`);
  const world = createPumpWorld(
    { batchRowsMax: 16, memoryRowsMax: 60 },
    (_topic, _ids, atMs, partition) =>
      partition === 1 && atMs < 90_000 ? "REQUEST_TIMED_OUT" : "ok",
    { partitionOf },
  );
  for (let second = 0; second < 60; second++) {
    world.buffer.commit(
      topics.flatMap((topic) => KEYS.map((key) => ({ topic, key }))),
    );
    await world.advance(1_000);
  }
  await world.during(300_000);
  deepStrictEqual(world.buffer.rows, []);
  const tries = Map.groupBy(
    world.sends.filter(({ delivered }) => delivered.length === 0),
    ({ ids }) => ids[0],
  );
  strictEqual(tries.size, topics.length);
  for (const [first, sends] of tries) {
    ok(sends.length > 3, "it was not tried again");
    const last = world.sends.find(({ ok, ids }) => ok && ids[0] === first);
    for (const { ids } of sends) deepStrictEqual(ids, last?.ids);
  }
});

Deno.test("run() delivers every row once and in order while the memory is full of rows that cannot be sent", async () => {
  const topics = ["a", "b", "c", "d", "e"];
  const faults = fc.array(
    fc.record({
      name: fc.constantFrom(
        "UNREACHABLE",
        "TIMEOUT",
        "TLS_EXPIRED",
        "REQUEST_TIMED_OUT",
      ),
      topics: fc.subarray(topics, { minLength: 1 }),
      partition: fc.option(fc.nat(KEYS.length - 1)),
      fromMs: fc.nat(120_000),
      forMs: fc.integer({ min: 1, max: 120_000 }),
    }),
    { maxLength: 6 },
  );
  const runs = fc.array(
    fc.record({
      topics: fc.subarray(topics, { minLength: 1 }),
      rounds: fc.integer({ min: 1, max: 60 }),
      pauseMs: fc.constantFrom(0, 0, 5_000),
    }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(faults, runs, fc.nat(99), async (faults, runs, seed) => {
      const world = createPumpWorld(
        { batchRowsMax: 8, memoryRowsMax: 30, random: createSeededRandom(seed) },
        (topic, _ids, atMs, partition) =>
          faults.find((fault) =>
            fault.topics.includes(topic) && atMs >= fault.fromMs &&
            atMs < fault.fromMs + fault.forMs &&
            (fault.partition === null || fault.partition === partition)
          )?.name ?? "ok",
        { partitionOf, nothingAnswered: true },
      );
      const stored = new Map<string, number[]>();
      for (const { topics, rounds, pauseMs } of runs) {
        const rows = Array.from(
          { length: rounds },
          (_, at) =>
            topics.map((topic) => ({ topic, key: KEYS[at % KEYS.length] ?? "" })),
        ).flat();
        world.buffer.commit(rows).forEach((id, at) => {
          const name = `${rows[at]?.topic} ${rows[at]?.key}`;
          stored.set(name, [...stored.get(name) ?? [], id]);
        });
        if (pauseMs > 0) await world.advance(pauseMs);
      }
      await world.during(900_000);
      const nameOf = new Map(
        [...stored].flatMap(([name, ids]) => ids.map((id) => [id, name])),
      );
      const delivered = Map.groupBy(
        world.sends.flatMap((send) => send.delivered),
        (id) => nameOf.get(id),
      );
      for (const [name, ids] of stored) deepStrictEqual(delivered.get(name), ids, name);
      deepStrictEqual(world.buffer.rows, []);
      deepStrictEqual(world.pump.status.alarms, []);
      ok(world.buffer.readMost <= 30);
    }),
    { numRuns: 25 },
  );
});
