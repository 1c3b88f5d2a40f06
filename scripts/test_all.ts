/**
 * Runs all checks and tests of the project, one stage after the other, and ends
 * with one line `N passed, N failed`. A test that does not run counts as failed.
 * `--full` adds the tests that take longer than CI allows.
 *
 * @module
 */

import { setUpDeno } from "./package/compile_runtime.ts";
import {
  type DenoRun,
  LONG,
  MAY_MOUNT,
  MOUNTING,
  runDeno,
  runTests,
  say,
} from "./test_run.ts";

/** True if the long tests run too. */
const FULL = Deno.args.includes("--full");

interface Tally {
  passed: number;
  failed: number;
}

/** The Deno inside the executable, as long as the LTS release cannot compile it. */
const FALLBACK: DenoRun = { deno: await setUpDeno("fallback") };

/** Checks that run on the fallback. Each counts as one test, as those of the LTS do. */
const FALLBACK_CHECKS: readonly (readonly [string, ...string[]])[] = [
  ["types on the fallback", "check", "main.ts", "src/buffer/worker/worker.ts"],
];

/** Each counts as one test. */
const CHECKS: readonly (readonly [string, ...string[]])[] = [
  ["format", "fmt", "--check"],
  ["lint", "lint"],
  ["types", "check"],
  ["structure", "run", "-R", "scripts/checks/structure.ts"],
  ["generated files", "run", "-A", "scripts/checks/generated.ts"],
  [
    "documentation",
    "doc",
    "--lint",
    ...await modules("src/base"),
    ...await modules("src/base/network"),
  ],
  ["compile", "run", "-A", "scripts/compile.ts"],
];

async function modules(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".ts") && !entry.name.endsWith("_test.ts")) {
      found.push(`${folder}/${entry.name}`);
    }
  }
  return found.sort();
}

/**
 * Test files that measure no times and share no ports: they run in parallel. All
 * other files run one at a time.
 */
const SIDE_BY_SIDE: readonly string[] = [
  "tests/cli/cli_test.ts",
  "tests/cli/dump_test.ts",
  "tests/conformance",
  "tests/simulator",
  "tests/records",
  "tests/types",
];

/** Counts a run; a test that did not run counts as failed. */
async function tally(
  name: string,
  args: readonly string[],
  run: DenoRun = {},
): Promise<Tally> {
  const { exitedWell, cases } = await runTests(args, run);
  const passed = cases.filter(({ kind }) => kind === "passed").length;
  const skipped = cases.filter(({ kind }) => kind === "skipped").length;
  const failed = cases.length - passed;
  if (skipped > 0) say(`${name}: ${skipped} tests did not run: counted as failed`);
  // A file that cannot be loaded, or a crash, leaves no test case in the report.
  if (!exitedWell && failed === 0) return { passed, failed: 1 };
  if (cases.length === 0) return { passed: 0, failed: 1 };
  return { passed, failed };
}

const total: Tally = { passed: 0, failed: 0 };
const lines: string[] = [];

function count(name: string, counted: Tally, startedMs: number): void {
  total.passed += counted.passed;
  total.failed += counted.failed;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const text = counted.failed === 0
    ? `ok    ${name}: ${counted.passed} passed (${seconds} s)`
    : `FAIL  ${name}: ${counted.passed} passed, ${counted.failed} failed (${seconds} s)`;
  lines.push(text);
  say(text);
}

async function check(
  [name, ...args]: readonly [string, ...string[]],
  run: DenoRun,
): Promise<void> {
  const startedMs = performance.now();
  const ok = await runDeno(args, run);
  count(name, ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }, startedMs);
}

for (const one of CHECKS) await check(one, {});
for (const one of FALLBACK_CHECKS) await check(one, FALLBACK);

/** A run of `deno test`. */
type Stage = readonly [name: string, args: readonly string[], run?: DenoRun];
const STAGES: readonly Stage[] = [
  ["unit and property tests", ["--doc", "--parallel", "src", "scripts"]],
  ["small disks", MOUNTING, { prefix: MAY_MOUNT }],
  ["integration tests side by side", ["--parallel", ...SIDE_BY_SIDE]],
  ["integration tests", [
    `--ignore=${[...MOUNTING, LONG, ...SIDE_BY_SIDE].join()}`,
    "tests",
  ]],
  ...FULL
    ? [
      ["unit tests on the fallback", ["--parallel", "src"], FALLBACK],
      ["long tests", [LONG]],
    ] as const
    : [],
];
if (!FULL) {
  say(
    `not run here; \`deno task test:full\` runs them: ${LONG}, unit tests on the fallback`,
  );
}
for (const [name, args, run] of STAGES) {
  const startedMs = performance.now();
  count(name, await tally(name, args, run), startedMs);
}

say(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
