import { strictEqual } from "node:assert/strict";
import { STALL_LIMITS_MS, stalledPart } from "./watchdog.ts";

Deno.test("stalledPart() finds a part that did not move for longer than its limit", () => {
  const buffer = { name: "buffer", lastMoveMs: 1_000, limitMs: STALL_LIMITS_MS.buffer };
  strictEqual(stalledPart([buffer], 1_000 + STALL_LIMITS_MS.buffer), undefined);
  strictEqual(stalledPart([buffer], 1_001 + STALL_LIMITS_MS.buffer), buffer);
});

Deno.test("stalledPart() finds one stalled part among others that move", () => {
  const pump = { name: "pump", lastMoveMs: 0, limitMs: STALL_LIMITS_MS.pump };
  const scheduler = { name: "scheduler", lastMoveMs: 90_000, limitMs: 15_000 };
  strictEqual(stalledPart([scheduler, pump], 90_000), pump);
});
