import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { createSeededRandom } from "../base/random.ts";
import { createFakeClock } from "../testing/fake_clock.ts";
import { createMemoryBuffer } from "../testing/memory_buffer.ts";
import type { PumpEvent } from "./pump/pump.ts";
import { createSender, type Destination } from "./sender.ts";
import type { SendResult } from "./uplink.ts";

/** A destination that records its calls in `notes`, in order with all others. */
function destination(
  name: string,
  notes: string[],
  respond: () => Promise<SendResult> = () => Promise.resolve({ ok: true }),
): Destination {
  return {
    brokerAddress: null,
    lingerMs: 0,
    uplink: {
      name,
      async send(rows) {
        const ids = rows.map(({ id }) => id).join();
        notes.push(`${name} receives ${ids}`);
        const result = await respond();
        notes.push(`${name} ${result.ok ? "accepted" : "rejected"} ${ids}`);
        return result;
      },
      close() {
        notes.push(`${name} closed`);
        return Promise.resolve();
      },
    },
  };
}

function createWorld(first: Destination) {
  const clock = createFakeClock({ wallMs: 0 });
  const memory = createMemoryBuffer();
  const buffer = {
    ...memory,
    // The real buffer hides acknowledged rows from later reads.
    async oldest(...query: Parameters<typeof memory.oldest>) {
      const rows = await memory.oldest(...query);
      return rows.filter((row) => memory.rows.includes(row));
    },
  };
  const events: PumpEvent[] = [];
  const sender = createSender({
    buffer,
    clock,
    random: createSeededRandom(1),
    destination: first,
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

Deno.test("switchTo() waits for the result of the current send, and sends no row twice", async () => {
  const notes: string[] = [];
  const answer = Promise.withResolvers<SendResult>();
  const world = createWorld(destination("old", notes, () => answer.promise));
  world.buffer.commit([{ topic: "a" }, { topic: "a" }]);
  await world.advance(50);
  const switched = world.sender.switchTo(() => destination("new", notes));
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(1_000);
  deepStrictEqual(notes, ["old receives 1,2"]);
  answer.resolve({ ok: true });
  await world.advance(50);
  await switched;
  await world.advance(100);
  deepStrictEqual(notes.slice(1), [
    "old accepted 1,2",
    "old closed",
    "new receives 3",
    "new accepted 3",
  ]);
  strictEqual(world.sender.name, "new");
  strictEqual(world.sender.status.rowsDelivered, 3);
  world.stop.abort(new Error("stopped"));
  await rejects(world.running, { message: "stopped" });
});

Deno.test("switchTo() ends a pause at once, and blocked rows go to the new destination", async () => {
  const notes: string[] = [];
  const refusal: SendResult = {
    ok: false,
    failure: { errorName: "UNKNOWN_TOPIC_OR_PARTITION", detail: "no such topic" },
  };
  const world = createWorld(destination("old", notes, () => Promise.resolve(refusal)));
  world.buffer.commit([{ topic: "a" }]);
  await world.advance(500);
  ok(world.events.some(({ kind }) => kind === "alarm_raised"));
  const switched = world.sender.switchTo(() => destination("new", notes));
  await world.advance(50);
  await switched;
  await world.advance(50);
  strictEqual(notes.at(-1), "new accepted 1");
  ok(world.events.some(({ kind }) => kind === "alarm_cleared"));
  deepStrictEqual(world.sender.status.alarms, []);
  ok(world.sender.status.retries > 0);
  world.stop.abort(new Error("stopped"));
});

Deno.test("switchTo() rejects if the new uplink cannot be created, and run() throws that error", async () => {
  const world = createWorld(destination("old", []));
  const switched = world.sender.switchTo(() => {
    throw new Error("no such key");
  });
  const seen = rejects(switched);
  await world.advance(50);
  await rejects(world.running, { message: "no such key" });
  await seen;
});
