import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock } from "../base/clock.ts";
import { createMemoryBuffer } from "./pump/memory_buffer_test.ts";
import type { PumpEvent } from "./pump/pump.ts";
import { createSender, type FarSide } from "./sender.ts";
import type { SendResult } from "./uplink.ts";

/** A far side that notes what happens to it, in order, with all others. */
function farSide(
  name: string,
  notes: string[],
  answer: () => Promise<SendResult> = () => Promise.resolve({ ok: true }),
): FarSide {
  return {
    brokerAddress: null,
    lingerMs: 0,
    uplink: {
      name,
      async send(rows) {
        const ids = rows.map(({ id }) => id).join();
        notes.push(`${name} gets ${ids}`);
        const result = await answer();
        notes.push(`${name} ${result.ok ? "took" : "refused"} ${ids}`);
        return result;
      },
      close() {
        notes.push(`${name} is closed`);
        return Promise.resolve();
      },
    },
  };
}

function createWorld(first: FarSide) {
  const clock = createFakeClock({ wallMs: 0 });
  const memory = createMemoryBuffer();
  const buffer = {
    ...memory,
    // The real one hides what was settled at once from whoever reads anew.
    async oldest(...query: Parameters<typeof memory.oldest>) {
      const rows = await memory.oldest(...query);
      return rows.filter((row) => memory.rows.includes(row));
    },
  };
  const events: PumpEvent[] = [];
  const sender = createSender({
    buffer,
    clock,
    chance: createSeededRandom(1),
    farSide: first,
    onEvent: (_, event) => events.push(event),
  });
  const stop = new AbortController();
  const running = sender.run(stop.signal);
  running.catch(() => {});
  return {
    clock,
    buffer,
    events,
    sender,
    running,
    stop,
    async advance(durationMs: number): Promise<void> {
      for (let left = durationMs; left > 0; left -= 10) {
        await clock.advance(10);
        for (let turn = 0; turn < 3; turn++) await setImmediate();
      }
    },
  };
}

Deno.test("an exchange waits for the verdict of the send under way, and sends no row twice", async () => {
  const notes: string[] = [];
  const verdict = Promise.withResolvers<SendResult>();
  const world = createWorld(farSide("old", notes, () => verdict.promise));
  world.buffer.commit([{ topic: "a" }, { topic: "a" }]);
  await world.advance(50);
  const exchanged = world.sender.exchange(() => farSide("new", notes));
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(1_000);
  deepStrictEqual(notes, ["old gets 1,2"]);
  verdict.resolve({ ok: true });
  await world.advance(50);
  await exchanged;
  await world.advance(100);
  deepStrictEqual(notes.slice(1), [
    "old took 1,2",
    "old is closed",
    "new gets 3",
    "new took 3",
  ]);
  strictEqual(world.sender.name, "new");
  strictEqual(world.sender.status.rowsDelivered, 3);
  world.stop.abort(new Error("over"));
  await rejects(world.running, { message: "over" });
});

Deno.test("an exchange ends a rest at once, and what was on hold flows to the new far side", async () => {
  const notes: string[] = [];
  const refusal: SendResult = {
    ok: false,
    failure: { errorName: "UNKNOWN_TOPIC_OR_PARTITION", detail: "no such topic" },
  };
  const world = createWorld(farSide("old", notes, () => Promise.resolve(refusal)));
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(500);
  ok(world.events.some(({ is }) => is === "alarm_raised"));
  const exchanged = world.sender.exchange(() => farSide("new", notes));
  await world.advance(50);
  await exchanged;
  await world.advance(50);
  strictEqual(notes.at(-1), "new took 1");
  ok(world.events.some(({ is }) => is === "alarm_cleared"));
  deepStrictEqual(world.sender.status.alarms, []);
  ok(world.sender.status.retries > 0);
  world.stop.abort(new Error("over"));
});

Deno.test("an exchange of a sender that has ended fails, and so does one whose uplink cannot be made", async () => {
  const world = createWorld(farSide("old", []));
  const exchanged = world.sender.exchange(() => {
    throw new Error("no such key");
  });
  const seen = rejects(exchanged);
  await world.advance(50);
  await rejects(world.running, { message: "no such key" });
  await seen;
});
