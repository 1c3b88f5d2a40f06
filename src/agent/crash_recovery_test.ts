import { strictEqual } from "node:assert/strict";
import type { AgentView } from "./agent_types.ts";
import { isStable } from "./crash_recovery.ts";

type View = Pick<AgentView, "stalled" | "pump">;

/** A view of the agent; `answers` is the number of retries, null = nothing is sent. */
function view(answers: number | null, stalled?: string): View {
  const pump = answers === null ? null : { lastAckMs: null, retries: answers };
  return { stalled, pump } as unknown as View;
}

Deno.test("isStable() requires stored rows and an answer of the destination, or time for one", () => {
  strictEqual(isStable(view(1), null, false), false);
  strictEqual(isStable(view(0), 1_000, false), false);
  strictEqual(isStable(view(1), 1_000, false), true);
  strictEqual(isStable(view(0), 3_000, false), true);
  strictEqual(isStable(view(null), 1_000, false), true); // nothing is sent
});

Deno.test("isStable() is false while a part has stalled", () => {
  strictEqual(isStable(view(1, "pump"), 60_000, true), false);
  strictEqual(isStable(view(1), 61_000, false), true);
});
