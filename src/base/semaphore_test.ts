import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createSemaphore } from "./semaphore.ts";

Deno.test("Semaphore.acquire() grants at most `count` permits, in the order of the calls", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 12 }),
      async (count, tasks) => {
        const semaphore = createSemaphore(count);
        const began: number[] = [];
        let held = 0;
        await Promise.all(Array.from({ length: tasks }, async (_, task) => {
          const release = await semaphore.acquire(new AbortController().signal);
          began.push(task);
          held++;
          strictEqual(held <= count, true);
          await Promise.resolve();
          held--;
          release();
          release();
        }));
        deepStrictEqual(began, Array.from({ length: tasks }, (_, task) => task));
        strictEqual(semaphore.free, count);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("Semaphore.acquire() grants no permit after an abort", async () => {
  const semaphore = createSemaphore(1);
  const release = await semaphore.acquire(new AbortController().signal);
  const cancel = new AbortController();
  const waiting = semaphore.acquire(cancel.signal);
  cancel.abort(new Error("cancelled"));
  await rejects(waiting, /cancelled/);
  release();
  strictEqual(semaphore.free, 1);
});
