import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { createCountedSignal } from "../testing/counted_signal.ts";
import { createFakeClock } from "../testing/fake_clock.ts";
import { limitSignal, linkSignals } from "./linked_signal.ts";

Deno.test("linkSignals() aborts once, with the reason of the first parent that aborts, and leaves no listener", () => {
  const parents = fc.integer({ min: 1, max: 4 });
  const order = fc.array(fc.nat(3), { maxLength: 6 });
  fc.assert(
    fc.property(
      parents,
      order,
      fc.nat(6),
      fc.nat(6),
      (count, aborts, linkAt, endAt) => {
        const counted = Array.from({ length: count }, createCountedSignal);
        const signals = counted.map(({ signal }) => signal);
        const before = aborts.slice(0, linkAt);
        const during = aborts.slice(linkAt, linkAt + endAt);
        const abort = (index: number): void =>
          counted[index % count]?.abort(index % count);
        before.forEach(abort);
        const already = signals.findIndex(({ aborted }) => aborted);
        const linked = linkSignals(signals);
        let events = 0;
        linked.signal.addEventListener("abort", () => events++);
        during.forEach(abort);
        const first = during[0];
        const expected = already >= 0
          ? already
          : first === undefined
          ? undefined
          : first % count;
        strictEqual(linked.signal.aborted, expected !== undefined);
        strictEqual(linked.signal.reason, expected);
        strictEqual(events, already < 0 && expected !== undefined ? 1 : 0);
        linked[Symbol.dispose]();
        for (const { listeners } of counted) strictEqual(listeners, 0);
        aborts.forEach(abort);
        strictEqual(linked.signal.reason, expected);
      },
    ),
  );
});

Deno.test("linkSignals() removes its listeners when the operation throws", () => {
  const parent = createCountedSignal();
  const operation = (): void => {
    using _linked = linkSignals([parent.signal]);
    strictEqual(parent.listeners, 1);
    throw new Error("failed");
  };
  try {
    operation();
  } catch (error) {
    strictEqual((error as Error).message, "failed");
  }
  strictEqual(parent.added, 1);
  strictEqual(parent.listeners, 0);
});

Deno.test("limitSignal() aborts at its limit or with its parent, whichever is first", async () => {
  const times = fc.integer({ min: 1, max: 1_000 });
  await fc.assert(fc.asyncProperty(times, times, async (limitMs, abortMs) => {
    fc.pre(limitMs !== abortMs);
    const clock = createFakeClock({ wallMs: 0 });
    const parent = createCountedSignal();
    const late = new Error("late");
    const limited = limitSignal(parent.signal, clock, limitMs, late);
    await clock.advance(Math.min(limitMs, abortMs) - 1);
    strictEqual(limited.signal.aborted, false);
    if (abortMs < limitMs) parent.abort("stopped");
    await clock.advance(1_000);
    strictEqual(limited.signal.reason, abortMs < limitMs ? "stopped" : late);
    strictEqual(limited.expired, limitMs < abortMs);
    limited[Symbol.dispose]();
    strictEqual(parent.listeners, 0);
    strictEqual(clock.pending, 0);
  }));
});

Deno.test("limitSignal() stops its timer when it is disposed, and starts none for an aborted parent", async () => {
  const clock = createFakeClock({ wallMs: 0 });
  const parent = createCountedSignal();
  const limited = limitSignal(parent.signal, clock, 1_000);
  strictEqual(clock.pending, 1);
  limited[Symbol.dispose]();
  strictEqual(clock.pending, 0);
  strictEqual(parent.listeners, 0);
  await clock.advance(2_000);
  strictEqual(limited.signal.aborted, false);
  strictEqual(limited.expired, false);

  parent.abort("stopped");
  using aborted = limitSignal(parent.signal, clock, 1_000);
  strictEqual(aborted.signal.reason, "stopped");
  strictEqual(clock.pending, 0);
});
