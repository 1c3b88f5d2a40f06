import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSemaphore } from "./semaphore.ts";

Deno.test("no more places are held than there are, and whoever came first goes first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 12 }),
      async (count, tasks) => {
        const slots = createSemaphore(count);
        const began: number[] = [];
        let held = 0;
        await Promise.all(Array.from({ length: tasks }, async (_, task) => {
          const free = await slots.take(new AbortController().signal);
          began.push(task);
          held++;
          strictEqual(held <= count, true);
          await Promise.resolve();
          held--;
          free();
          free();
        }));
        deepStrictEqual(began, Array.from({ length: tasks }, (_, task) => task));
        strictEqual(slots.free, count);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("a task that is called off while it waits takes no place", async () => {
  const slots = createSemaphore(1);
  const free = await slots.take(new AbortController().signal);
  const off = new AbortController();
  const waiting = slots.take(off.signal);
  off.abort(new Error("called off"));
  await rejects(waiting, /called off/);
  free();
  strictEqual(slots.free, 1);
});
