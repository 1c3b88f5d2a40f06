import { ok } from "node:assert/strict";
import { ROOT } from "../../package/run_tool.ts";
import {
  type AllocationCount,
  COUNT_V8_FLAGS,
  POLL_BYTES_BUDGET,
  TOLERANCE,
} from "./budget.ts";

const LIMIT_MS = 120_000;

Deno.test("a poll allocates no more than its budget, from registers to rows", async () => {
  const program = new URL("count_allocation.ts", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `--v8-flags=${COUNT_V8_FLAGS}`, program],
    cwd: ROOT,
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  ok(success, new TextDecoder().decode(stderr));
  const count: AllocationCount = JSON.parse(new TextDecoder().decode(stdout));
  // A collection in between makes one measurement too small, and none too large.
  const bytes = Math.max(...count.bytesPerPoll);
  ok(
    bytes <= POLL_BYTES_BUDGET * (1 + TOLERANCE),
    `${bytes.toFixed(0)} bytes per poll, budget ${POLL_BYTES_BUDGET}; find what ` +
      "allocates, or raise the budget in budget.ts with the reason",
  );
  ok(bytes > 1_000, `${bytes.toFixed(0)} bytes per poll: nothing was counted`);
});
