import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  createPumpWorld as createWorld,
  type PumpWorld,
} from "../../testing/uplink/pump_world.ts";

Deno.test("drain() sends the committed rows, then ends the run", async () => {
  const world = createWorld({ batchRowsMax: 5 }, () => "ok");
  world.buffer.commit(Array.from({ length: 23 }, () => ({ topic: "a" })));
  const drained = world.pump.drain(10_000);
  await world.advance(1_000);
  deepStrictEqual(await drained, { complete: true });
  strictEqual(world.delivered("a").length, 23);
});

Deno.test("drain() ends at its limit if the destination is unreachable, and reports that", async () => {
  for (const answer of ["UNREACHABLE", "hang"]) {
    const world = createWorld({}, () => answer);
    world.buffer.commit([{ topic: "a" }]);
    await world.advance(10);
    const drained = world.pump.drain(3_000);
    await world.advance(2_900);
    let over = false;
    drained.then(() => (over = true));
    await Promise.resolve();
    strictEqual(over, false);
    await world.advance(200);
    deepStrictEqual(await drained, { complete: false });
    strictEqual(world.buffer.rows.length, 1);
  }
});

Deno.test("drain() does not wait for a blocked topic", async () => {
  const world = createWorld(
    {},
    (topic) => topic === "gone" ? "UNKNOWN_TOPIC_OR_PARTITION" : "ok",
  );
  world.buffer.commit([{ topic: "gone" }, { topic: "a" }]);
  const drained = world.pump.drain(60_000);
  await world.advance(1_000);
  deepStrictEqual(await drained, { complete: false });
  deepStrictEqual(world.delivered("a"), [2]);
});

/** Advances until the drain has ended; returns how long it took, at most `limitMs`. */
async function timeDrain(world: PumpWorld, limitMs: number): Promise<number> {
  const beganMs = world.clock.monotonicMs();
  let over = false;
  world.pump.drain(limitMs).then(() => (over = true));
  while (!over && world.clock.monotonicMs() < beganMs + limitMs) {
    await world.advance(50);
  }
  ok(over);
  return world.clock.monotonicMs() - beganMs;
}

Deno.test("drain() does not wait for rows that cannot be sent now", async () => {
  const probeFails = (topic: string) => topic === "new" ? "fails" : "ok";
  const noAnswer = createWorld({}, () => "ok", { probe: probeFails });
  noAnswer.buffer.commit([{ topic: "a" }]);
  await noAnswer.advance(1_000);
  noAnswer.buffer.commit([{ topic: "new" }, { topic: "a" }]);
  ok(await timeDrain(noAnswer, 30_000) <= 1_000);
  deepStrictEqual(noAnswer.delivered("a"), [1, 3]);

  for (const probes of [true, false]) {
    const error = (topic: string) =>
      topic === "no-leader" ? "LEADER_NOT_AVAILABLE" : "ok";
    const leaderless = createWorld({}, error, probes ? { probe: error } : {});
    leaderless.buffer.commit([{ topic: "no-leader" }, { topic: "a" }]);
    ok(await timeDrain(leaderless, 30_000) <= 1_000);
    deepStrictEqual(leaderless.delivered("a"), [2]);
  }

  const blocked = createWorld(
    { memoryRowsMax: 20, batchRowsMax: 10 },
    (topic) => topic === "denied" ? "TOPIC_AUTHORIZATION_FAILED" : "ok",
  );
  blocked.buffer.commit(Array.from({ length: 300 }, () => ({ topic: "denied" })));
  blocked.buffer.commit([{ topic: "a" }]);
  ok(await timeDrain(blocked, 30_000) <= 1_000);
  deepStrictEqual(blocked.delivered("a"), [301]);
});

Deno.test("drain() waits for the first probe of a topic, but not for long", async () => {
  for (const probeTakesMs of [2_400, 25_000]) {
    const world = createWorld({}, () => "ok", { probe: () => "ok", probeTakesMs });
    world.buffer.commit([{ topic: "new" }]);
    const tookMs = await timeDrain(world, 30_000);
    ok(tookMs >= Math.min(probeTakesMs, 10_000) && tookMs <= 11_000, `${tookMs} ms`);
    strictEqual(world.delivered("new").length, probeTakesMs < 10_000 ? 1 : 0);
  }
});
