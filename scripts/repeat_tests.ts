/**
 * Runs integration tests several times in a row and counts how often each test held.
 * The table in docs/reliability.md is made of these counts.
 *
 * `deno task test:repeat [--times N] [PATH...]`; without a path, all integration tests
 * but the long ones. Exits with 1 if a test failed or did not run in any round.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { LONG, MAY_MOUNT, MOUNTING, runTests, say, type TestRun } from "./test_run.ts";

/** Rounds without `--times`. */
const TIMES_DEFAULT = 10;
/** Limit of `--times`. */
const TIMES_MAX = 1000;

interface Held {
  held: number;
  rounds: number;
  seconds: number;
}

function parse(): { times: number; paths: string[] } {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { times: { type: "string", default: String(TIMES_DEFAULT) } },
    allowPositionals: true,
  });
  const times = Number(values.times);
  if (!Number.isInteger(times) || times < 1 || times > TIMES_MAX) {
    say(`test:repeat: --times "${values.times}": expected 1 to ${TIMES_MAX}`);
    Deno.exit(64);
  }
  return { times, paths: positionals };
}

/** One round; the tests that mount a disk run in a process of their own. */
async function round(paths: readonly string[]): Promise<TestRun[]> {
  const all = paths.length === 0;
  const others = paths.filter((path) => !MOUNTING.includes(path));
  const runs: TestRun[] = [];
  const mounting = all ? MOUNTING : paths.filter((path) => MOUNTING.includes(path));
  if (mounting.length > 0) runs.push(await runTests(mounting, { prefix: MAY_MOUNT }));
  if (all) {
    runs.push(await runTests([`--ignore=${[...MOUNTING, LONG].join()}`, "tests"]));
  } else if (others.length > 0) runs.push(await runTests(others));
  return runs;
}

const { times, paths } = parse();
const tests = new Map<string, Held>();
let broken = 0;
for (let number = 1; number <= times; number++) {
  const runs = await round(paths);
  const cases = runs.flatMap((run) => run.cases);
  for (const { file, name, kind, seconds } of cases) {
    const key = `${file}: ${name}`;
    const held = tests.get(key) ?? { held: 0, rounds: 0, seconds: 0 };
    held.rounds++;
    held.seconds += seconds;
    if (kind === "passed") held.held++;
    tests.set(key, held);
  }
  // A file that cannot be loaded, or a crash, leaves no test in the report.
  const failed = cases.filter(({ kind }) => kind !== "passed").length;
  const crashed = runs.some((run) =>
    run.cases.length === 0 ||
    (!run.exitedWell && run.cases.every(({ kind }) => kind === "passed"))
  );
  if (crashed) broken++;
  say(
    `round ${number} of ${times}: ${cases.length - failed} held, ${failed} failed` +
      (crashed ? "; a test process ended without a result" : ""),
  );
}

say("\nheld of rounds, mean seconds, test");
let failing = 0;
for (const [name, { held, rounds, seconds }] of [...tests].sort()) {
  if (held < rounds) failing++;
  say(
    `${held < rounds ? "FAIL" : "ok  "} ${held}/${rounds}  ` +
      `${(seconds / rounds).toFixed(1)} s  ${name}`,
  );
}
say(
  `\n${tests.size - failing} tests held in all rounds, ${failing} did not` +
    (broken > 0 ? `; ${broken} rounds ended without a result` : ""),
);
Deno.exit(failing + broken === 0 && tests.size > 0 ? 0 : 1);
