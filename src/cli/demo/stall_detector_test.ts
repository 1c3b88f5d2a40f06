import { strictEqual } from "node:assert/strict";
import { createStallDetector, type DeliveryProgress } from "./stall_detector.ts";

const ERROR = { errorName: "UNREACHABLE", detail: "connection refused" };

function progress(rowsDelivered: number, failing: boolean): DeliveryProgress {
  return { rowsDelivered, lastError: failing ? ERROR : null, alarms: [] };
}

Deno.test("createStallDetector() reports a stall when nothing was delivered within the limit", () => {
  const isStalled = createStallDetector(1_000);
  strictEqual(isStalled(progress(5, false), 0), false);
  strictEqual(isStalled(progress(5, true), 100), false);
  strictEqual(isStalled(progress(5, true), 1_099), false);
  strictEqual(isStalled(progress(5, true), 1_100), true);
});

Deno.test("a delivered row or a cleared error restarts the limit", () => {
  const isStalled = createStallDetector(1_000);
  isStalled(progress(5, true), 0);
  strictEqual(isStalled(progress(6, true), 900), false);
  strictEqual(isStalled(progress(6, true), 1_800), false);
  strictEqual(isStalled(progress(6, false), 1_850), false);
  strictEqual(isStalled(progress(6, true), 2_000), false);
  strictEqual(isStalled(progress(6, true), 3_000), true);
});

Deno.test("an idle uplink is not stalled", () => {
  const isStalled = createStallDetector(1_000);
  for (const nowMs of [0, 5_000, 50_000]) {
    strictEqual(isStalled(progress(0, false), nowMs), false);
  }
});

Deno.test("a blocked topic without deliveries is a stall", () => {
  const isStalled = createStallDetector(1_000);
  const alarms = [{ topic: "t", errorName: "E", text: "create it", raisedAtMs: 0 }];
  const blocked: DeliveryProgress = { rowsDelivered: 0, lastError: null, alarms };
  strictEqual(isStalled(blocked, 0), false);
  strictEqual(isStalled(blocked, 1_000), true);
});
