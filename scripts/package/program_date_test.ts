import { ok } from "node:assert/strict";
import { PROGRAM_DATE_MS } from "../../src/base/credible_clock.ts";
import { runTool } from "./run_tool.ts";

const YEAR_MS = 366 * 86_400_000;

Deno.test("the program's date is at most a year before the last commit, and not after it", async () => {
  const time = await runTool("git", ["log", "-1", "--format=%ct"]).catch(() => "");
  if (time === "") return; // outside a repository
  const committedMs = Number(time) * 1_000;
  ok(PROGRAM_DATE_MS <= committedMs, "PROGRAM_DATE_MS is after the last commit");
  ok(
    committedMs - PROGRAM_DATE_MS <= YEAR_MS,
    "PROGRAM_DATE_MS is more than a year old: set it to a date near the release",
  );
});
