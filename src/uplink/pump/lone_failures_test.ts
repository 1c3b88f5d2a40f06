import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createPumpWorld,
  type PumpAnswer,
  type PumpWorld,
} from "../../testing/uplink/pump_world.ts";
import { BLOCKED_RETRY_MS } from "./pump.ts";

const KEYS = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
const PARTITIONS = 4;
const partitionOf = ({ key }: { readonly key: string }) =>
  KEYS.indexOf(key) % PARTITIONS;

/** Stores a row of each stream every second; returns the ages of the rows when sent. */
async function feed(
  world: PumpWorld,
  rows: readonly { readonly topic: string; readonly key: string }[],
  isHealthy: (row: { readonly topic: string; readonly key: string }) => boolean,
  seconds: number,
): Promise<number[]> {
  const storedAtMs = new Map<number, number>();
  const sentBefore = world.sends.length;
  for (let second = 0; second < seconds; second++) {
    const ids = world.buffer.commit(rows);
    rows.forEach((row, at) => {
      if (isHealthy(row)) storedAtMs.set(ids[at] ?? 0, world.clock.monotonicMs());
    });
    await world.advance(1_000);
  }
  await world.advance(60_000);
  const ages = new Map<number, number>();
  for (const { delivered, atMs } of world.sends.slice(sentBefore)) {
    for (const id of delivered) {
      const storedMs = storedAtMs.get(id);
      if (storedMs !== undefined) ages.set(id, atMs - storedMs);
    }
  }
  strictEqual(ages.size, storedAtMs.size, "rows that can be sent were not delivered");
  return [...ages.values()];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

for (
  const error of ["UNREACHABLE", "ADVERTISED_UNREACHABLE", "TIMEOUT", "TLS_EXPIRED"]
) {
  Deno.test(`a leader that fails with ${error} for good delays no row of the others`, async () => {
    // Rows that another partition accepted make the result one of parts.
    const answer: PumpAnswer = (_topic, _ids, _atMs, partition) =>
      partition === 1 ? error : "ok";
    const world = createPumpWorld({}, answer, { partitionOf, nothingAnswered: true });
    const rows = KEYS.map((key) => ({ topic: "a", key }));
    const ages = await feed(world, rows, (row) => partitionOf(row) !== 1, 300);
    ok(Math.max(...ages) <= 1_000, `${mean(ages)} ms, at most ${Math.max(...ages)} ms`);
    const failed = world.sends.filter(({ delivered }) => delivered.length === 0);
    ok(failed.length >= 10 && failed.length <= 200, `${failed.length} failed sends`);
    deepStrictEqual(world.pump.status.alarms.map(({ topic }) => topic), ["a"]);
    await world.stop();
  });

  Deno.test(`a topic whose only leader fails with ${error} delays no row of other topics`, async () => {
    const answer: PumpAnswer = (topic, _ids, atMs) =>
      topic === "a" && atMs < 400_000 ? error : "ok";
    const world = createPumpWorld({ memoryRowsMax: 2_000 }, answer);
    const rows = ["a", "b", "c"].map((topic) => ({ topic, key: topic }));
    const ages = await feed(world, rows, ({ topic }) => topic !== "a", 300);
    // It is not known at first that only this topic fails.
    ok(
      Math.max(...ages) <= BLOCKED_RETRY_MS + 1_000,
      `at most ${Math.max(...ages)} ms`,
    );
    ok(mean(ages) <= 500, `${mean(ages)} ms`);
    ok(Math.max(...ages.slice(100)) <= 1_000, `${Math.max(...ages.slice(100))} ms`);
    deepStrictEqual(world.pump.status.alarms.map(({ topic }) => topic), ["a"]);
    await world.during(120_000);
    strictEqual(world.delivered("a").length, 300);
    deepStrictEqual(world.pump.status.alarms, []);
  });
}

Deno.test("while nothing can be reached, attempts stay 5 s apart and one failure is reported", async () => {
  const world = createPumpWorld(
    {},
    (_topic, _ids, atMs) => atMs < 300_000 ? "UNREACHABLE" : "ok",
  );
  for (let second = 0; second < 300; second++) {
    world.buffer.commit(["a", "b", "c"].map((topic) => ({ topic })));
    await world.advance(1_000);
  }
  const kinds = () => world.events.map(({ kind }) => kind);
  deepStrictEqual(kinds(), ["failing"]);
  const gaps = world.sends.slice(1).map(({ atMs }, at) =>
    atMs - (world.sends[at]?.atMs ?? NaN)
  );
  ok(gaps.length >= 60 && Math.max(...gaps) <= 5_500, `${Math.max(...gaps)} ms`);
  await world.during(6_000);
  for (const topic of ["a", "b", "c"]) strictEqual(world.delivered(topic).length, 300);
  deepStrictEqual(kinds(), ["failing", "recovered"]);
});

/** No answer of a replica costs the time limit of a send. */
const SLOW_FAILURE_MS = 15_000;
const slowFailure = (results: readonly string[]) =>
  results.includes("REQUEST_TIMED_OUT") ? SLOW_FAILURE_MS : 50;

Deno.test("a partition is sent to soon after a fault that made each attempt slow", async () => {
  const answer: PumpAnswer = (topic, _ids, atMs, partition) => {
    if (partition !== 1) return "ok";
    if (topic === "a") return atMs < 120_000 ? "REQUEST_TIMED_OUT" : "ok";
    return atMs < 60_000 ? "NOT_ENOUGH_REPLICAS" : "ok";
  };
  const world = createPumpWorld({}, answer, { partitionOf, takesMs: slowFailure });
  const rows = ["a", "b"].flatMap((topic) => KEYS.map((key) => ({ topic, key })));
  const idOf = new Map(["a", "b"].map((topic) => [topic, new Set<number>()]));
  for (let second = 0; second < 180; second++) {
    const ids = world.buffer.commit(rows);
    rows.forEach((row, at) => {
      if (partitionOf(row) === 1) idOf.get(row.topic)?.add(ids[at] ?? 0);
    });
    await world.advance(1_000);
  }
  for (const [topic, endMs] of [["a", 120_000], ["b", 60_000]] as const) {
    const ids = idOf.get(topic);
    const first = world.sends.find(({ delivered }) =>
      delivered.some((id) => ids?.has(id))
    );
    const waitedMs = (first?.atMs ?? Infinity) - endMs;
    // A send that is in progress, and the pause after it.
    ok(
      waitedMs > 0 && waitedMs <= 2 * SLOW_FAILURE_MS + 1_000,
      `${topic}: ${waitedMs} ms`,
    );
  }
  await world.stop();
});

Deno.test("slow attempts that fail for long leave most of the time to other rows", async () => {
  const world = createPumpWorld(
    {},
    (_topic, _ids, _atMs, partition) => partition === 1 ? "REQUEST_TIMED_OUT" : "ok",
    { partitionOf, takesMs: slowFailure },
  );
  const rows = KEYS.map((key) => ({ topic: "a", key }));
  const ages = await feed(world, rows, (row) => partitionOf(row) !== 1, 1_200);
  ok(Math.max(...ages) <= SLOW_FAILURE_MS + 1_000, `at most ${Math.max(...ages)} ms`);
  const failed = world.sends.filter(({ ok }) => !ok);
  const late = failed.filter(({ atMs }) => atMs > 600_000);
  ok(
    late.length >= 5 && late.length * SLOW_FAILURE_MS <= 660_000 / 4,
    `${late.length}`,
  );
  await world.stop();
});
