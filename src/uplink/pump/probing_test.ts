import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSeededRandom } from "../../base/random.ts";
import { createPumpWorld } from "../../testing/uplink/pump_world.ts";
import { BLOCKED_RETRY_MS } from "./pump.ts";

const MISSING = "UNKNOWN_TOPIC_OR_PARTITION";
const HEALTHY = ["h0", "h1", "h2"];

Deno.test("missing topics do not delay the others, and are probed together", async () => {
  for (const missing of [1, 16, 112]) {
    const absent = Array.from({ length: missing }, (_, at) => `missing-${at}`);
    const world = createPumpWorld({}, () => "ok", {
      takesMs: 600,
      probeTakesMs: 2_400,
      probe: (topic) => HEALTHY.includes(topic) ? "ok" : MISSING,
    });
    const storedAtMs = new Map<number, number>();
    for (let second = 0; second < 120; second++) {
      const ids = world.buffer.commit(
        [...absent, ...HEALTHY].map((topic) => ({ topic })),
      );
      for (const id of ids.slice(-HEALTHY.length)) {
        storedAtMs.set(id, world.clock.monotonicMs());
      }
      await world.advance(1_000);
    }
    deepStrictEqual(new Set(world.sends.map(({ topic }) => topic)), new Set(HEALTHY));
    for (const { ids, atMs } of world.sends) {
      const ageMs = Math.max(...ids.map((id) => atMs - (storedAtMs.get(id) ?? 0)));
      // One probe at the start; then each topic waits at most for the two others.
      ok(ageMs <= 5_000, `${missing} missing: sent after ${ageMs} ms`);
    }
    strictEqual(HEALTHY.every((topic) => world.delivered(topic).length >= 115), true);
    strictEqual(world.pump.status.alarms.length, missing);
    ok(world.probes.length <= 2 + 120_000 / BLOCKED_RETRY_MS, `${world.probes.length}`);
    for (const topics of world.probes.slice(1)) strictEqual(topics.length, missing);
    await world.stop();
  }
});

Deno.test("topics that refuse every row take at most a tenth of the time", async () => {
  const denied = Array.from({ length: 40 }, (_, at) => `denied-${at}`);
  const world = createPumpWorld(
    {},
    (topic) => topic === "h0" ? "ok" : "TOPIC_AUTHORIZATION_FAILED",
    { takesMs: 600, probe: () => "ok" },
  );
  for (let second = 0; second < 300; second++) {
    world.buffer.commit([...denied, "h0"].map((topic) => ({ topic })));
    await world.advance(1_000);
  }
  const late = world.sends.filter(({ atMs }) => atMs > 60_000);
  const refused = late.filter(({ topic }) => topic !== "h0");
  ok(refused.length > 5, "the fault was not injected");
  ok(refused.length * 600 < 240_000 / 10, `${refused.length} refused sends`);
  ok(new Set(refused.map(({ topic }) => topic)).size > 5, "each has its turn");
  await world.stop();
});

Deno.test("a failed probe does not pause topics that can be sent to", async () => {
  let failing = false;
  const world = createPumpWorld({}, () => "ok", {
    probe: () => failing ? "fails" : "ok",
  });
  world.buffer.commit([{ topic: "h0" }]);
  await world.advance(1_000);
  failing = true;
  for (let second = 0; second < 30; second++) {
    world.buffer.commit([{ topic: "h0" }, { topic: "new" }]);
    await world.advance(1_000);
    strictEqual(world.delivered("h0").length, second + 2);
  }
  strictEqual(world.delivered("new").length, 0);
  failing = false;
  await world.during(6_000);
  strictEqual(world.delivered("new").length, 30);
});

Deno.test("an unreachable destination is reported although no topic was probed", async () => {
  const world = createPumpWorld({}, () => "ok", {
    probe: (_topic, atMs) => atMs < 20_000 ? "fails" : "ok",
  });
  world.buffer.commit([{ topic: "h0" }]);
  await world.advance(15_000);
  strictEqual(world.pump.status.state, "waiting");
  strictEqual(world.pump.status.lastError?.errorName, "UNREACHABLE");
  ok(world.probes.length >= 3);
  await world.during(15_000);
  deepStrictEqual(world.delivered("h0"), [1]);
  strictEqual(world.pump.status.lastError, null);
});

Deno.test("run() delivers every row once and in order, whichever topics are missing when", async () => {
  const topics = ["a", "b", "c"];
  const faults = fc.array(
    fc.record({
      topic: fc.constantFrom(...topics),
      name: fc.constantFrom(MISSING, "LEADER_NOT_AVAILABLE", "fails"),
      fromMs: fc.nat(60_000),
      forMs: fc.integer({ min: 1, max: 60_000 }),
    }),
    { maxLength: 8 },
  );
  const batches = fc.array(
    fc.array(fc.constantFrom(...topics), { minLength: 1, maxLength: 40 }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(faults, batches, fc.nat(99), async (faults, batches, seed) => {
      const at = (topic: string, atMs: number) =>
        faults.find((fault) =>
          fault.topic === topic && atMs >= fault.fromMs &&
          atMs < fault.fromMs + fault.forMs
        )?.name ?? "ok";
      const world = createPumpWorld(
        { batchRowsMax: 16, memoryRowsMax: 50, random: createSeededRandom(seed) },
        (topic, _ids, atMs) => {
          const name = at(topic, atMs);
          return name === "fails" ? "UNREACHABLE" : name;
        },
        { probe: at, takesMs: 100, probeTakesMs: 700 },
      );
      const stored = new Map<string, number[]>(topics.map((topic) => [topic, []]));
      for (const batch of batches) {
        const ids = world.buffer.commit(batch.map((topic) => ({ topic })));
        batch.forEach((topic, at) => stored.get(topic)?.push(ids[at] ?? 0));
        await world.advance(5_000);
      }
      await world.during(300_000);
      for (const [topic, ids] of stored) deepStrictEqual(world.delivered(topic), ids);
      deepStrictEqual(world.buffer.rows, []);
      deepStrictEqual(world.pump.status.alarms, []);
      ok(world.buffer.readMost <= 50);
    }),
    { numRuns: 40 },
  );
});

Deno.test("a backlog that is larger than the memory is sent in full batches", async () => {
  const world = createPumpWorld(
    { batchRowsMax: 50, memoryRowsMax: 200 },
    () => "ok",
    { probe: (topic) => HEALTHY.includes(topic) ? "ok" : MISSING, probeTakesMs: 700 },
  );
  for (const topic of ["missing", ...HEALTHY]) {
    world.buffer.commit(Array.from({ length: 1_000 }, () => ({ topic })));
  }
  await world.during(60_000);
  for (const topic of HEALTHY) strictEqual(world.delivered(topic).length, 1_000);
  ok(world.sends.length <= 80, `${world.sends.length} sends of 3000 rows`);
  ok(world.buffer.readMost <= 200);
});
