import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { untilTrue, withTempFolder } from "../../src/testing/agent/agent.ts";
import { type CommandRun, runCommand } from "../../src/testing/agent/agent_program.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";
import { checkFiles, checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";
import { pause } from "../../src/testing/pause.ts";

/** Default topics of the demo's records. */
const topics = ["inverter", "meter", "storage", "environment", "events"]
  .map((kind) => `sunspec.${kind}`);

/** Maximum duration of a demo after a signal: the guaranteed 10 s, and the process start. */
const END_LIMIT_S = 12;

interface Report {
  readonly devices: number;
  readonly polls: number;
  readonly read: number;
  readonly stored: number;
  readonly delivered: number;
  readonly lost: number;
  readonly seconds: number;
}

Deno.test("demo --json reports what the files contain", () =>
  withTempFolder(async (folder) => {
    const args = [
      "demo",
      "--duration",
      "5s",
      "--json",
      "--data-dir",
      `${folder}/plant`,
    ];
    const run = await runCommand(args, { cwd: folder });
    strictEqual(run.code, 0, run.stderr);
    const report = reportOf(run);
    await assertSchemas([{ schema: "demo", text: run.stdout }]);
    strictEqual(report.devices, 7);
    ok(report.polls >= 15 && report.read >= report.polls, run.stdout);
    strictEqual(report.stored, report.read);
    strictEqual(report.delivered, report.stored);
    strictEqual(report.lost, 0);
    ok(report.seconds >= 5 && report.seconds < 5 + END_LIMIT_S);
    const { faults, records, duplicates, streams } = await checkFiles(
      `${folder}/plant/records`,
    );
    deepStrictEqual(faults, []);
    strictEqual(records, report.delivered);
    strictEqual(duplicates, 0);
    strictEqual(streams.filter(({ type }) => type !== "CollectorEvent").length, 7);
  }));

Deno.test("demo: Ctrl-C ends it in bounded time and everything is delivered", () =>
  withTempFolder(async (folder) => {
    const dataDir = `${folder}/plant`;
    let interruptedMs = 0;
    let interrupting: Promise<void> | undefined;
    const run = await runCommand(["demo", "--data-dir", dataDir], {
      cwd: folder,
      onStart(child) {
        interrupting = (async () => {
          await untilTrue("seven devices online", async () => {
            const log = await Deno.readTextFile(`${dataDir}/agent.log`).catch(() => "");
            return log.split(`"device.online"`).length > 7;
          });
          await pause(1_200);
          interruptedMs = performance.now();
          child.kill("SIGINT");
        })();
      },
    });
    const endedMs = performance.now();
    await interrupting;
    ok(interruptedMs > 0 && endedMs - interruptedMs < END_LIMIT_S * 1_000);
    strictEqual(run.code, 0, run.stderr);
    ok(/No records were lost/.test(run.stdout), run.stdout);
    strictEqual(await rowsInQueue(`${dataDir}/queue.db`), 0);
    const { faults, records } = await checkFiles(`${dataDir}/records`);
    deepStrictEqual(faults, []);
    ok(records >= 10);
  }));

Deno.test("demo: a buffer that is too small for the plant is refused with the least size", () =>
  withTempFolder(async (folder) => {
    const run = await runCommand([
      ...["demo", "--duration", "6s", "--data-dir", folder],
      ...["--inverters", "20", "--uplink", "none", "--max-bytes", "512KiB"],
    ]);
    strictEqual(run.code, 78, run.stdout);
    ok(/max_bytes.*512KiB.*at least \d+KiB/s.test(run.stderr), run.stderr);
  }));

Deno.test("demo: without an uplink, rows that a smaller buffer drops are reported", () =>
  withTempFolder(async (folder) => {
    const run = async (duration: string, inverters: string, maxBytes: string) =>
      reportOf(
        await runCommand([
          ...["demo", "--duration", duration, "--json", "--data-dir", folder],
          ...["--inverters", inverters, "--uplink", "none", "--max-bytes", maxBytes],
        ]),
      );
    const first = await run("10s", "60", "8MiB");
    deepStrictEqual([first.lost, first.delivered], [0, 0]);
    const second = await run("3s", "1", "512KiB");
    ok(second.lost > 0, "no row was dropped");
    const rows = await rowsInQueue(`${folder}/queue.db`);
    strictEqual(first.read + second.read - second.lost, rows);
    ok((await Deno.stat(`${folder}/queue.db`)).size <= 512 * 1024);
  }));

Deno.test("demo --brokers creates its topics, delivers, and reports a broker failure", (t) =>
  withBroker(async (broker) => {
    await t.step("everything is in Kafka", () =>
      withTempFolder(async (folder) => {
        const run = await runCommand([
          ...["demo", "--duration", "5s", "--json", "--data-dir", folder],
          ...["--brokers", broker.bootstrap],
        ]);
        strictEqual(run.code, 0, run.stderr);
        const report = reportOf(run);
        strictEqual(report.lost, 0);
        strictEqual(report.delivered, report.stored);
        const { faults, records, duplicates } = await checkKafka(broker.bootstrap, {
          topics,
        });
        deepStrictEqual(faults, []);
        strictEqual(records - duplicates, report.delivered);
      }));

    await t.step(
      "a broker failure ends it, and the remaining rows are reported",
      () =>
        withTempFolder(async (folder) => {
          let killing: Promise<void> | undefined;
          const run = await runCommand([
            ...["demo", "--duration", "5min", "--data-dir", folder],
            ...["--brokers", broker.bootstrap],
          ], {
            onStart() {
              killing = (async () => {
                await untilTrue("devices online", async () => {
                  const log = await Deno.readTextFile(`${folder}/agent.log`).catch(() =>
                    ""
                  );
                  return log.includes(`"device.online"`);
                });
                await pause(1_500);
                await broker.kill();
              })();
            },
          });
          await killing;
          ok(run.code !== 0);
          ok(run.seconds < 60, `${run.seconds} s`);
          const rows = await rowsInQueue(`${folder}/queue.db`);
          ok(rows > 0);
          const output = run.stdout + run.stderr;
          ok(output.includes(String(rows)), `${rows} rows remain: ${output}`);
          ok(output.includes(`${folder}/queue.db`), output);
        }),
    );
  }));

function reportOf({ stdout, stderr }: CommandRun): Report {
  ok(stdout.endsWith("}\n") && stdout.indexOf("\n") === stdout.length - 1, stderr);
  return JSON.parse(stdout);
}
