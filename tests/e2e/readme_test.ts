import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { inFolder, startAgent, untilTrue } from "../../src/testing/agent/agent.ts";
import { TOPICS } from "../../src/testing/agent/agent_config.ts";
import { ROOT } from "../../src/testing/agent/agent_program.ts";
import { withBroker } from "../../src/testing/kafka/kafka.ts";
import { checkKafka } from "../../src/testing/stream_check.ts";
import { askPython } from "../records/python.ts";
import { literalDevices, serveLiterals } from "./literal_server.ts";

const CONSUMER = "examples/consumer.py";
const QUERY = "examples/completeness.sql";

Deno.test("the README shows the consumer and the query exactly as the tests run them", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  for (const path of [CONSUMER, QUERY]) {
    const text = await Deno.readTextFile(ROOT + path);
    ok(readme.includes(`\n${text.trimEnd()}\n\`\`\``), `${path} is not in README.md`);
  }
});

Deno.test("the README's consumer prints what a real agent sent through a real broker, and its query finds it whole", () =>
  inFolder((folder) =>
    withBroker(async (broker) => {
      const topics = Object.values(TOPICS);
      for (const topic of topics) await broker.createTopic(topic);
      const server = await serveLiterals(folder);
      {
        await using agent = await startAgent({
          folder,
          config: {
            uplink: { kind: "kafka", brokers: [broker.bootstrap] },
            devices: literalDevices(server.port, { ["interval_ms"]: 250 }),
          },
        });
        await untilTrue("some records there", async () => {
          const { records } = await checkKafka(broker.bootstrap, { topics });
          return records >= 10;
        });
        deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
      }
      await server.close();

      const lines = await runConsumer(broker.bootstrap, TOPICS.inverter, 3);
      for (const line of lines) {
        const record: Record<string, unknown> = JSON.parse(line);
        strictEqual(record["device_id"], "inv-01");
        strictEqual(record["ac_power_w"], 8790);
      }

      const { decoded } = await checkKafka(broker.bootstrap, { topics });
      const records = decoded.map(({ type, record }) => [
        ...[record["gateway"], record["device_id"], type, record["epoch"]],
        ...[record["seq"], record["prev_epoch"], record["prev_seq"]],
      ]);
      const { rows } = await askPython("tests/records/examples_check.py", {
        payloads: [],
        records,
        gaps: [],
      }) as { rows: Record<string, unknown>[] };
      ok(rows.length >= 4);
      let counted = 0;
      for (const row of rows) {
        strictEqual(row["missing"], 0, JSON.stringify(row));
        strictEqual(row["duplicates"], 0);
        counted += Number(row["records"]);
      }
      strictEqual(counted, records.length);
    })
  ));

/** Runs the example until it printed `count` lines; it has no end of its own. */
async function runConsumer(
  bootstrap: string,
  topic: string,
  count: number,
): Promise<string[]> {
  const child = new Deno.Command(`${ROOT}.tools/venv/bin/python`, {
    args: [ROOT + CONSUMER, bootstrap, topic, `${ROOT}models/avro`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.split("\n").length > count) break;
  }
  clearTimeout(timer);
  try {
    child.kill("SIGKILL");
  } catch {
    // It ended by itself; what it printed tells.
  }
  await child.status;
  const lines = text.split("\n").slice(0, count);
  strictEqual(lines.length, count);
  return lines;
}
