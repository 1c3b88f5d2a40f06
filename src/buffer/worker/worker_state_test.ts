import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  HIDDEN_ROWS_MAX,
  NO_REQUESTS,
  type OpenRequests,
  reduceWorker,
  wakeAtMs,
  type WorkerEvent,
} from "./worker_state.ts";

const QUERY = { afterId: 0, countMax: 1, bytesMax: 1 };

Deno.test("every flush and every read is answered exactly once, after a successful commit", () => {
  const anyEvent = fc.oneof(
    fc.constant("flush" as const),
    fc.constantFrom(0, HIDDEN_ROWS_MAX),
    fc.boolean(),
  );
  fc.assert(fc.property(fc.array(anyEvent, { maxLength: 40 }), (steps) => {
    let state = NO_REQUESTS;
    let requestId = 0;
    const answered: number[] = [];
    const run = (event: WorkerEvent): void => {
      const step = reduceWorker(state, event);
      state = step.state;
      for (const effect of step.effects) {
        if (effect.kind === "read") answered.push(effect.requestId);
        if (effect.kind !== "respond" || effect.response.kind !== "flushed") continue;
        answered.push(effect.response.requestId);
      }
    };
    for (const step of steps) {
      if (step === "flush") run({ kind: "flush", requestId: requestId++ });
      else if (typeof step === "boolean") run({ kind: "committed", ok: step });
      else run({ kind: "read", requestId: requestId++, query: QUERY, hidden: step });
    }
    run({ kind: "committed", ok: true });
    deepStrictEqual(
      answered.sort((a, b) => a - b),
      Array.from({ length: requestId }, (_, at) => at),
    );
  }));
});

Deno.test("a timer commits what is due, with FULL while a flush waits", () => {
  const due = { kind: "timer", nowMs: 100, dueMs: 101, keepsPages: false } as const;
  const idle = NO_REQUESTS;
  deepStrictEqual(reduceWorker(idle, due).effects, [{
    kind: "commit",
    durable: false,
  }]);
  const flushing: OpenRequests = { ...idle, flushes: [1] };
  deepStrictEqual(reduceWorker(flushing, due).effects, [{
    kind: "commit",
    durable: true,
  }]);
});

Deno.test("a timer without a due commit sends a heartbeat, and releases pages unless the disk fails", () => {
  const kinds = [false, true].map((keepsPages) =>
    reduceWorker(NO_REQUESTS, {
      kind: "timer",
      nowMs: 0,
      dueMs: 500,
      keepsPages,
    }).effects.map(({ kind }) => kind)
  );
  deepStrictEqual(kinds, [["releasePages", "respond"], ["respond"]]);
});

Deno.test("the worker wakes up for the next commit or heartbeat, and never later than two seconds", () => {
  const any = fc.integer({ min: 0, max: 10_000 });
  fc.assert(fc.property(any, any, (nowMs, waitMs) => {
    const { state } = reduceWorker(NO_REQUESTS, {
      kind: "timerDone",
      nowMs,
    });
    const atMs = wakeAtMs(state, nowMs + waitMs, nowMs);
    ok(atMs - nowMs <= Math.min(2_000, waitMs));
  }));
});
