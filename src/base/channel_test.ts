import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createChannel } from "./channel.ts";

const NEVER = new AbortController().signal;

Deno.test("createChannel() delivers items in order and never holds more than its capacity", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.oneof(fc.constant("put"), fc.integer({ min: 1, max: 4 })), {
        maxLength: 200,
      }),
      (capacity, moves) => {
        const channel = createChannel<number>(capacity);
        const expected: number[] = [];
        let next = 0;
        for (const move of moves) {
          if (move === "put") {
            const fits = expected.length < capacity;
            strictEqual(channel.trySend(next), fits);
            if (fits) expected.push(next);
            next++;
          } else {
            deepStrictEqual(
              channel.take(Number(move)),
              expected.splice(0, Number(move)),
            );
          }
          strictEqual(channel.size, expected.length);
        }
      },
    ),
  );
});

Deno.test("Channel.receive() waits for the first item", async () => {
  const channel = createChannel<string>(1);
  const received = channel.receive(5, NEVER);
  channel.trySend("late");
  deepStrictEqual(await received, ["late"]);
});

Deno.test("Channel.waitForSpace() waits until an item is removed", async () => {
  const channel = createChannel<string>(1);
  channel.trySend("first");
  let hasSpace = false;
  const waiting = channel.waitForSpace(NEVER).then(() => hasSpace = true);
  await Promise.resolve();
  strictEqual(hasSpace, false);
  channel.take(1);
  await waiting;
  strictEqual(hasSpace, true);
});

Deno.test("Channel.receive() returns the queued items after close(), then nothing", async () => {
  const channel = createChannel<string>(2);
  channel.trySend("last");
  channel.close();
  strictEqual(channel.trySend("too late"), false);
  deepStrictEqual(await channel.receive(5, NEVER), ["last"]);
  deepStrictEqual(await channel.receive(5, NEVER), []);
});

Deno.test("Channel.receive() rejects with the reason of an abort", async () => {
  const channel = createChannel<string>(1);
  const stop = new AbortController();
  const waiting = channel.receive(1, stop.signal);
  stop.abort(new Error("stopped"));
  await rejects(waiting, { message: "stopped" });
});
