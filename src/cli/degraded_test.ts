import { strictEqual } from "node:assert/strict";
import type { AgentView } from "../app.ts";
import { isProven } from "./degraded.ts";

type View = Pick<AgentView, "stalled" | "buffer" | "pump">;

/** What is looked at, of an agent that does its work. */
function view(
  stored: number,
  pump: { readonly lastAckMs: number | null; readonly retries: number } | null,
  stalled?: string,
): View {
  return { stalled, buffer: { stored }, pump } as unknown as View;
}

Deno.test("a start is proven once rows were stored and the far side said yes or no", () => {
  const silent = { lastAckMs: null, retries: 0 };
  strictEqual(isProven(view(0, { lastAckMs: 1, retries: 0 }), false), false);
  strictEqual(isProven(view(5, silent), false), false);
  strictEqual(isProven(view(5, { ...silent, retries: 1 }), false), true);
  strictEqual(isProven(view(5, { ...silent, lastAckMs: 1 }), false), true);
  strictEqual(isProven(view(5, null), false), true); // nothing is sent at all
});

Deno.test("a part that hangs takes the proof back, and gives it again when it moves", () => {
  const acked = { lastAckMs: 1, retries: 0 };
  strictEqual(isProven(view(5, acked, "pump"), true), false);
  strictEqual(isProven(view(5, acked), false), true);
});
