import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { startOtlpReceiver } from "../../src/testing/otlp_receiver.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

Deno.test("agent: /metrics passes promtool", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const [port = 0, silentPort = 0] = freePorts(2);
    await using agent = await startAgentProcess({
      folder,
      config: {
        observe: { listen: `127.0.0.1:${port}` },
        devices: [
          ...literalDevices(server.port, { ["interval_ms"]: 500 }),
          { id: "gone", host: "127.0.0.1", port: silentPort },
        ],
      },
    });
    let text = "";
    const value = (series: string): number =>
      Number(
        text.split("\n").find((line) => line.startsWith(`${series} `))?.split(" ")[1],
      );
    await untilTrue("records delivered, and a device offline", async () => {
      text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return value("sunspec_collector_delivered_age_seconds_count") > 2 &&
        value('sunspec_collector_device_state{device="gone",state="offline"}') === 1 &&
        value('sunspec_collector_events_total{event="device.online"}') >= 2;
    });
    ok(value('sunspec_collector_device_polls_total{device="inv-01"}') > 0, text);
    ok(value('sunspec_collector_failures_total{kind="refused"}') > 0);
    ok(value("sunspec_collector_poll_duration_seconds_count") > 0);
    ok(value("sunspec_collector_buffer_written_bytes_total") > 100);
    ok(value("sunspec_collector_uplink_batches_total") > 0);
    deepStrictEqual(await promtool(text), { code: 0, output: "" });
    await agent.end("SIGTERM");
    strictEqual(await server.close(), "");
  }));

Deno.test("compiled agent: sends its metrics as OTLP to an independent receiver", () =>
  withTempFolder(async (folder) => {
    await ensureBinary();
    const server = await startLiteralServer(folder);
    await using receiver = await startOtlpReceiver();
    await using agent = await startAgentProcess({
      folder,
      build: "binary",
      config: {
        observe: {
          ["otlp_url"]: `http://127.0.0.1:${receiver.port}/v1/metrics`,
          ["otlp_interval_ms"]: 1_000,
        },
        devices: literalDevices(server.port, { ["interval_ms"]: 500 }),
      },
      env: { ["SUNSPEC_COLLECTOR__OBSERVE__OTLP_AUTHORIZATION"]: "Bearer hunter2" },
    });
    const polls = (): number =>
      receiver.exports.at(-1)?.metrics?.["sunspec.collector.poll.duration"]?.points[0]
        ?.count ?? 0;
    await untilTrue("polls in an export", () => polls() > 2);
    const last = receiver.exports.at(-1);
    deepStrictEqual(
      receiver.exports.filter(({ rejected }) => rejected !== undefined),
      [],
    );
    strictEqual(last?.authorization, "Bearer hunter2");
    strictEqual(last?.resource?.["service.instance.id"], "gw-1");
    const duration = last?.metrics?.["sunspec.collector.poll.duration"];
    strictEqual(duration?.kind, "histogram");
    strictEqual(duration?.unit, "s");
    const [point] = duration.points;
    strictEqual(point?.counts?.length, (point?.bounds?.length ?? 0) + 1);
    strictEqual(
      point?.counts?.reduce((sum, count) => sum + Number(count), 0),
      Number(point?.count),
    );
    const counted = last?.metrics?.["sunspec.collector.device.polls"];
    deepStrictEqual([counted?.kind, counted?.monotonic, counted?.temporality], [
      "sum",
      true,
      2,
    ]);
    deepStrictEqual(counted?.points.map(({ labels }) => labels["device"]), [
      "inv-01",
      "met-01",
    ]);

    const before = receiver.exports.length;
    await agent.end("SIGTERM");
    ok(
      receiver.exports.length > before,
      "the last values are exported when the agent stops",
    );
    strictEqual(agent.noise, "");
    ok(!JSON.stringify(agent.log).includes("hunter2"));
    strictEqual(await server.close(), "");
  }));

/** Output of `promtool check metrics` for a text. */
async function promtool(text: string): Promise<{ code: number; output: string }> {
  const own = `${PROJECT_ROOT}.tools/promtool`;
  const program = await Deno.stat(own).then(() => own, () => "promtool");
  const child = new Deno.Command(program, {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(
    "",
  );
  return { code, output };
}
