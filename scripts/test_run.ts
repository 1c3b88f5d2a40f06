/**
 * Runs `deno test` as a child process and reads its JUnit report. Used by
 * `test_all.ts` and `repeat_tests.ts`.
 *
 * @module
 */

/** Time limit of one child process, against hangs; CI limits the whole run. */
const PROCESS_TIMEOUT_MS = 40 * 60_000;

const DENO = Deno.execPath();

/** Test files that mount a small disk: they require root, in a user namespace if need be. */
export const MOUNTING: readonly string[] = [
  "tests/buffer/full_disk_test.ts",
  "tests/resilience/start_in_trouble_test.ts",
];

/** The command under which {@link MOUNTING} runs. */
export const MAY_MOUNT: readonly string[] = Deno.uid() === 0 ? [] : ["unshare", "-rm"];

/** Long tests: they run with `test:full`, and each by a task of its own. */
export const LONG = "tests/package/arm64_test.ts";

/** One test of a JUnit report. `kind` `skipped` is a test that did not run. */
export interface TestCase {
  readonly kind: "passed" | "failed" | "skipped";
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
}

/** Result of one `deno test`; `exitedWell` is false also if a file cannot be loaded. */
export interface TestRun {
  readonly exitedWell: boolean;
  readonly cases: readonly TestCase[];
}

/** How Deno is started. */
export interface DenoRun {
  /** The command that it runs under. */
  readonly prefix?: readonly string[];
  /** The executable; default: the one that runs this program. */
  readonly deno?: string;
}

/** Runs Deno with its output passed through. */
export async function runDeno(
  args: readonly string[],
  { prefix = [], deno = DENO }: DenoRun = {},
): Promise<boolean> {
  const [program = deno, ...rest] = [...prefix, deno, ...args];
  const child = new Deno.Command(program, {
    args: rest,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), PROCESS_TIMEOUT_MS);
  const status = await child.status;
  clearTimeout(timer);
  return status.success;
}

/** Runs test files and returns every test of the report, skipped ones too. */
export async function runTests(
  args: readonly string[],
  run: DenoRun = {},
): Promise<TestRun> {
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  const exitedWell = await runDeno(
    ["test", "-A", `--junit-path=${report}`, ...args],
    run,
  );
  const xml = await Deno.readTextFile(report).catch(() => "");
  await Deno.remove(report);
  return { exitedWell, cases: testCases(xml) };
}

/** The test cases of a JUnit report as Deno writes it. */
export function testCases(xml: string): TestCase[] {
  const elements = xml.matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  );
  return [...elements].map(([, attributes = "", body = ""]) => ({
    kind: /<failure|<error[ >]/.test(body)
      ? "failed"
      : /<skipped/.test(body)
      ? "skipped"
      : "passed",
    file: attribute(attributes, "classname").replace(/^\.\//, ""),
    name: attribute(attributes, "name"),
    seconds: Number(attribute(attributes, "time")),
  }));
}

function attribute(attributes: string, name: string): string {
  const found = new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return found.replaceAll("&quot;", '"').replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">").replaceAll("&apos;", "'").replaceAll("&amp;", "&");
}

/** Writes a line to stdout. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
