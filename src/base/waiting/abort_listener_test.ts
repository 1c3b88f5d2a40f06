import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { createCountedSignal } from "../../testing/counted_signal.ts";
import { addAbortable, removeAbortable } from "./abort_listener.ts";
import { createFakeClock } from "../../testing/fake_clock.ts";
import { sleepCoarsely } from "./coarse_sleep.ts";

Deno.test("any number of operations adds one listener to a signal", () => {
  const stop = createCountedSignal();
  const ended: number[] = [];
  for (let nth = 0; nth < 1_000; nth++) {
    const operation = { abort: () => void ended.push(nth) };
    addAbortable(stop.signal, operation);
    if (nth % 100 > 0) removeAbortable(stop.signal, operation);
  }
  strictEqual(stop.added, 1);
  stop.abort("stop");
  deepStrictEqual(ended, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
});

Deno.test("an aborted signal accepts no operation", () => {
  const operation = { abort: () => {} };
  throws(() => addAbortable(AbortSignal.abort(new Error("stop")), operation), /stop/);
});

Deno.test("sleepCoarsely() ends with the reason of its signal and leaves no timer", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const stop = createCountedSignal();
  for (let nth = 0; nth < 10; nth++) {
    const slept = sleepCoarsely(clock, 5, stop.signal);
    await clock.advance(5);
    await slept;
  }
  strictEqual(stop.added, 1);
  const cut = sleepCoarsely(clock, 1_000, stop.signal).catch((reason) => reason);
  strictEqual(clock.timers.started, 1);
  stop.abort("enough");
  strictEqual(await cut, "enough");
  strictEqual(clock.timers.started, 0);
  const late = sleepCoarsely(clock, 1_000, stop.signal).catch((reason) => reason);
  strictEqual(await late, "enough");
});
