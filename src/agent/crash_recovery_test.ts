import { strictEqual } from "node:assert/strict";
import type { AgentView } from "./agent.ts";
import { isProven } from "./crash_recovery.ts";

type View = Pick<AgentView, "stalled" | "pump">;

/** What is looked at; `answers` counts what the far side said. */
function view(answers: number | null, stalled?: string): View {
  const pump = answers === null ? null : { lastAckMs: null, retries: answers };
  return { stalled, pump } as unknown as View;
}

Deno.test("a start is proven once rows were stored and the far side said yes or no, or had the time to", () => {
  strictEqual(isProven(view(1), 0, false), false);
  strictEqual(isProven(view(0), 1_000, false), false);
  strictEqual(isProven(view(1), 1_000, false), true);
  strictEqual(isProven(view(0), 3_000, false), true);
  strictEqual(isProven(view(null), 1_000, false), true); // nothing is sent at all
});

Deno.test("a part that hangs takes the proof back, and gives it again when it moves", () => {
  strictEqual(isProven(view(1, "pump"), 60_000, true), false);
  strictEqual(isProven(view(1), 61_000, false), true);
});
