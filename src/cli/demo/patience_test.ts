import { strictEqual } from "node:assert/strict";
import { createPatience, type Flow } from "./patience.ts";

const AWAY = { errorName: "UNREACHABLE", detail: "connection refused" };

function flow(rowsDelivered: number, troubled: boolean): Flow {
  return { rowsDelivered, lastError: troubled ? AWAY : null, alarms: [] };
}

Deno.test("patience ends when nothing was taken for the whole limit", () => {
  const isOver = createPatience(1_000);
  strictEqual(isOver(flow(5, false), 0), false);
  strictEqual(isOver(flow(5, true), 100), false);
  strictEqual(isOver(flow(5, true), 1_099), false);
  strictEqual(isOver(flow(5, true), 1_100), true);
});

Deno.test("a row that was taken, or a trouble that has passed, begins it anew", () => {
  const isOver = createPatience(1_000);
  isOver(flow(5, true), 0);
  strictEqual(isOver(flow(6, true), 900), false);
  strictEqual(isOver(flow(6, true), 1_800), false);
  strictEqual(isOver(flow(6, false), 1_850), false);
  strictEqual(isOver(flow(6, true), 2_000), false);
  strictEqual(isOver(flow(6, true), 3_000), true);
});

Deno.test("a far side that has nothing to take is not waited for", () => {
  const isOver = createPatience(1_000);
  for (const nowMs of [0, 5_000, 50_000]) {
    strictEqual(isOver(flow(0, false), nowMs), false);
  }
});

Deno.test("a topic on hold is trouble too", () => {
  const isOver = createPatience(1_000);
  const alarms = [{ topic: "t", errorName: "E", text: "create it", raisedAtMs: 0 }];
  const held: Flow = { rowsDelivered: 0, lastError: null, alarms };
  strictEqual(isOver(held, 0), false);
  strictEqual(isOver(held, 1_000), true);
});
