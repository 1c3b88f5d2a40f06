import { strictEqual } from "node:assert/strict";
import { STALL_LIMITS_MS, stalledPart } from "./watchdog.ts";

Deno.test("a part hangs once it has not moved for longer than its limit", () => {
  const buffer = { name: "buffer", lastMoveMs: 1_000, limitMs: STALL_LIMITS_MS.buffer };
  strictEqual(stalledPart([buffer], 1_000 + STALL_LIMITS_MS.buffer), undefined);
  strictEqual(stalledPart([buffer], 1_001 + STALL_LIMITS_MS.buffer), buffer);
});

Deno.test("one part that hangs is enough, however the others move", () => {
  const pump = { name: "pump", lastMoveMs: 0, limitMs: STALL_LIMITS_MS.pump };
  const scheduler = { name: "scheduler", lastMoveMs: 90_000, limitMs: 15_000 };
  strictEqual(stalledPart([scheduler, pump], 90_000), pump);
});
