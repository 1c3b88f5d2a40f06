/**
 * Runs all checks and tests of the project, one stage after the other, and ends
 * with one line `N passed, N failed`. A test that does not run counts as failed.
 * `--full` adds the tests that take longer than CI allows.
 *
 * @module
 */

/** Time limit of one stage, against hangs; CI limits the whole run. */
const STAGE_TIMEOUT_MS = 40 * 60_000;

/** True if the long tests run too. */
const FULL = Deno.args.includes("--full");

interface Tally {
  passed: number;
  failed: number;
}

const DENO = Deno.execPath();

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

/** Long tests: they run with `--full`, and each by a task of its own. */
const LONG = "tests/package/arm64_test.ts";

/** Tests that mount a small disk: root is required, in a user namespace if need be. */
const MOUNTING = "tests/buffer/full_disk_test.ts";
const MAY_MOUNT = Deno.uid() === 0 ? [] : ["unshare", "-rm"];

/** Runs Deno, its output passed through; true if it exits with 0. */
async function run(
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<boolean> {
  const [program = DENO, ...rest] = [...prefix, DENO, ...args];
  const child = new Deno.Command(program, {
    args: rest,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), STAGE_TIMEOUT_MS);
  const status = await child.status;
  clearTimeout(timer);
  return status.success;
}

/** Runs test files; counts come from the JUnit report, which lists skipped tests too. */
async function runTests(
  name: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<Tally> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const ok = await run(["test", "-A", `--junit-path=${report}`, ...args], prefix);
  const xml = await Deno.readTextFile(report).catch(() => "");
  await Deno.remove(report);
  const tests = (xml.match(/<testcase /g) ?? []).length;
  const broken = (xml.match(/<failure|<error[ >]/g) ?? []).length;
  const skipped = (xml.match(/<skipped/g) ?? []).length;
  const failed = broken + skipped;
  if (skipped > 0) say(`${name}: ${skipped} tests did not run: counted as failed`);
  // A file that cannot be loaded, or a crash, leaves no test case in the report.
  if (!ok && failed === 0) return { passed: tests, failed: 1 };
  if (tests === 0) return { passed: 0, failed: 1 };
  return { passed: tests - failed, failed };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const total: Tally = { passed: 0, failed: 0 };
const lines: string[] = [];

function count(name: string, tally: Tally, startedMs: number): void {
  total.passed += tally.passed;
  total.failed += tally.failed;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const text = tally.failed === 0
    ? `ok    ${name}: ${tally.passed} passed (${seconds} s)`
    : `FAIL  ${name}: ${tally.passed} passed, ${tally.failed} failed (${seconds} s)`;
  lines.push(text);
  say(text);
}

for (const [name, ...args] of CHECKS) {
  const startedMs = performance.now();
  const ok = await run(args);
  count(name, ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }, startedMs);
}

/** A run of `deno test`; `prefix` is a command that Deno runs under. */
type Stage = readonly [
  name: string,
  args: readonly string[],
  prefix?: readonly string[],
];
const STAGES: readonly Stage[] = [
  ["unit and property tests", ["--doc", "--parallel", "src", "scripts"]],
  ["small disks", [MOUNTING], MAY_MOUNT],
  ["integration tests side by side", ["--parallel", ...SIDE_BY_SIDE]],
  ["integration tests", [
    `--ignore=${[MOUNTING, LONG, ...SIDE_BY_SIDE].join()}`,
    "tests",
  ]],
  ...FULL ? [["long tests", [LONG]] as const] : [],
];
if (!FULL) say(`not run here; \`deno task test:full\` runs them: ${LONG}`);
for (const [name, args, prefix] of STAGES) {
  const startedMs = performance.now();
  count(name, await runTests(name, args, prefix), startedMs);
}

say(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
