import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { inFolder, pause, untilTrue } from "../../src/testing/agent/agent.ts";
import { type CommandRun, runCommand } from "../../src/testing/agent/agent_program.ts";
import { meetSchemas } from "../../src/testing/json_schema.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";
import { checkFiles, checkKafka, rowsInQueue } from "../../src/testing/stream_check.ts";

/** The default topics of what the demo plays. */
const topics = ["inverter", "meter", "storage", "environment", "events"]
  .map((kind) => `sunspec.${kind}`);

/** A signal's way to end: the 10 s of the promise, and the start of the process. */
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

Deno.test("demo --json says what it did, and the files hold exactly that", () =>
  inFolder(async (folder) => {
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
    await meetSchemas([{ schema: "demo", text: run.stdout }]);
    strictEqual(report.devices, 7);
    ok(report.polls >= 15 && report.read >= report.polls, run.stdout);
    strictEqual(report.stored, report.read);
    strictEqual(report.delivered, report.stored);
    strictEqual(report.lost, 0);
    ok(report.seconds >= 5 && report.seconds < 5 + END_LIMIT_S);
    const { faults, records, doubles, streams } = await checkFiles(
      `${folder}/plant/records`,
    );
    deepStrictEqual(faults, []);
    strictEqual(records, report.delivered);
    strictEqual(doubles, 0);
    strictEqual(streams.filter(({ type }) => type !== "CollectorEvent").length, 7);
  }));

Deno.test("Ctrl-C ends a demo in bounded time with nothing undelivered", () =>
  inFolder(async (folder) => {
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
    ok(/nothing was lost/i.test(run.stdout), run.stdout);
    strictEqual(await rowsInQueue(`${dataDir}/queue.db`), 0);
    const { faults, records } = await checkFiles(`${dataDir}/records`);
    deepStrictEqual(faults, []);
    ok(records >= 10);
  }));

Deno.test("with no uplink and hardly any room, a demo says how much was lost", () =>
  inFolder(async (folder) => {
    const run = await runCommand([
      ...["demo", "--duration", "6s", "--json", "--data-dir", folder],
      ...["--inverters", "60", "--uplink", "none", "--max-bytes", "384KiB"],
    ]);
    const report = reportOf(run);
    ok(report.lost > 0, run.stdout);
    await meetSchemas([{ schema: "demo", text: run.stdout }]);
    strictEqual(report.delivered, 0);
    const rows = await rowsInQueue(`${folder}/queue.db`);
    ok(rows > 0);
    strictEqual(report.read - report.lost, rows, "what was not lost is in the queue");
    ok((await Deno.stat(`${folder}/queue.db`)).size <= 384 * 1024);
  }));

Deno.test("demo --brokers makes its topics, delivers, and tells if the broker dies", (t) =>
  withBroker(async (broker) => {
    await t.step("everything is in Kafka", () =>
      inFolder(async (folder) => {
        const run = await runCommand([
          ...["demo", "--duration", "5s", "--json", "--data-dir", folder],
          ...["--brokers", broker.bootstrap],
        ]);
        strictEqual(run.code, 0, run.stderr);
        const report = reportOf(run);
        strictEqual(report.lost, 0);
        strictEqual(report.delivered, report.stored);
        const { faults, records, doubles } = await checkKafka(broker.bootstrap, {
          topics,
        });
        deepStrictEqual(faults, []);
        strictEqual(records - doubles, report.delivered);
      }));

    await t.step(
      "a broker that dies ends it, and what remains is told",
      () =>
        inFolder(async (folder) => {
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
          const said = run.stdout + run.stderr;
          ok(said.includes(String(rows)), `${rows} rows remain: ${said}`);
          ok(said.includes(`${folder}/queue.db`), said);
        }),
    );
  }));

function reportOf({ stdout, stderr }: CommandRun): Report {
  ok(stdout.endsWith("}\n") && stdout.indexOf("\n") === stdout.length - 1, stderr);
  return JSON.parse(stdout);
}
