import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { finding } from "../../diagnostics/finding.ts";
import { countFindings, renderFindings, toJsonFinding } from "./output.ts";

const FINDINGS = [
  finding("connect", "ok", "3 ms", "nothing to do"),
  finding("late responses", "warning", "1 of 3", "raise timeout_ms"),
  finding("buffer folder", "failure", "disk full (0 B free)", "free space"),
];

Deno.test("renderFindings() marks each finding and shows what to do unless it is ok", () => {
  deepStrictEqual(renderFindings(FINDINGS, { width: Infinity, colour: false }), [
    "OK   connect: 3 ms",
    "WARN late responses: 1 of 3",
    "     → raise timeout_ms",
    "FAIL buffer folder: disk full (0 B free)",
    "     → free space",
  ]);
});

Deno.test("countFindings() counts by severity", () => {
  strictEqual(countFindings(FINDINGS), "1 OK, 1 warning, 1 failure");
  strictEqual(countFindings([]), "0 OK, 0 warnings, 0 failures");
});

Deno.test("toJsonFinding() keeps the published values of gravity", () => {
  deepStrictEqual(FINDINGS.slice(0, 2).map(toJsonFinding), [
    {
      check: "connect",
      gravity: "good",
      found: "3 ms",
      means: "nothing to do",
      advice: {},
    },
    {
      check: "late responses",
      gravity: "note",
      found: "1 of 3",
      means: "raise timeout_ms",
      advice: {},
    },
  ]);
});
