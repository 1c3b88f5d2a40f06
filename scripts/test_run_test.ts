import assert from "node:assert/strict";
import { testCases } from "./test_run.ts";

Deno.test("testCases: passed, failed, broken and skipped tests, names unescaped", () => {
  const xml = `<?xml version="1.0"?><testsuites><testsuite name="./tests/a_test.ts">
    <testcase name="a &quot;b&quot; &amp; c" classname="./tests/a_test.ts" time="1.5" line="3" col="6"/>
    <testcase name="d" classname="./tests/a_test.ts" time="0.25"><failure message="x &lt;">at y</failure></testcase>
    <testcase name="e" classname="./tests/a_test.ts" time="0"><error message="z"/></testcase>
    <testcase name="f" classname="./tests/b_test.ts" time="0"><skipped/></testcase>
    </testsuite></testsuites>`;
  assert.deepEqual(testCases(xml), [
    { kind: "passed", file: "tests/a_test.ts", name: 'a "b" & c', seconds: 1.5 },
    { kind: "failed", file: "tests/a_test.ts", name: "d", seconds: 0.25 },
    { kind: "failed", file: "tests/a_test.ts", name: "e", seconds: 0 },
    { kind: "skipped", file: "tests/b_test.ts", name: "f", seconds: 0 },
  ]);
});

Deno.test("testCases: an empty report has no tests", () => {
  assert.deepEqual(testCases(""), []);
});
