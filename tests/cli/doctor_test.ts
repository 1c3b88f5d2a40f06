import { match, ok, strictEqual } from "node:assert/strict";
import { parseConfig } from "../../src/config/check/parse.ts";
import { startServer } from "../../src/simulator/server/server.ts";
import { runInProcess } from "../../src/testing/run_in_process.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";

interface Doctor {
  readonly findings: readonly {
    readonly check: string;
    readonly gravity: string;
    readonly found: string;
    readonly advice: Readonly<Record<string, unknown>>;
  }[];
  readonly error: string | null;
  readonly block: string | null;
}

function serve(
  more: { readonly registersPerReadMax?: number } = {},
  sessionsMax = 32,
): ReturnType<typeof startServer> {
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const image = { base: INVERTER.base, registers, ...more };
  return startServer({ units: new Map([[1, image]]), sessionsMax });
}

const gravityOf = ({ findings }: Doctor, check: string): string | undefined =>
  findings.find((one) => one.check === check)?.gravity;

Deno.test("doctor measures what a device needs and prints a valid table", async () => {
  const server = serve({ registersPerReadMax: 40 }, 1);
  try {
    const delay = server.inject({ fault: { kind: "delay", delayMs: 20 } });
    const args = ["doctor", `127.0.0.1:${server.port}`, "--timeout", "500ms"];
    const run = await runInProcess([...args, "--intrusive", "--json"]);
    strictEqual(run.code, 0, run.stderr);
    ok(delay.fired > 0);
    const output: Doctor = JSON.parse(run.stdout);
    const size = output.findings.find(({ check }) => check === "largest read");
    strictEqual(size?.advice["registersPerReadMax"], 40);
    const sessions = output.findings.find(({ check }) => check === "parallel sessions");
    match(sessions?.found ?? "", /^1 at the same time/);
    match(
      output.findings.find(({ check }) => check === "response times")?.found ?? "",
      /^p50 2\d ms/,
    );
    strictEqual(gravityOf(output, "model chain"), "good");
    const config = parseConfig({
      text: output.block ?? "",
      file: "x",
      env: {},
      hostName: "gw",
    });
    ok(config.ok, JSON.stringify(config));
    strictEqual(config.value.config.devices[0]?.registers_per_read_max, 40);
    await assertSchemas([{ schema: "doctor", text: run.stdout }]);
  } finally {
    await server.close();
  }
});

Deno.test("doctor does not examine a device that an agent polls, unless forced", async () => {
  const server = serve();
  const device = { id: "inv-01", host: "localhost", port: server.port, unitId: 1 };
  const agent = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ format: 1, devices: [device] }),
  );
  const url = `http://127.0.0.1:${agent.addr.port}`;
  try {
    const args = ["doctor", `127.0.0.1:${server.port}`, "--agent", url];
    const refused = await runInProcess(args);
    strictEqual(refused.code, 1);
    match(refused.stderr, /the running agent polls this device \(inv-01\)/);
    strictEqual(server.stats.sessions, 0, "no connection");
    const scanned = await runInProcess([
      ...["scan", `127.0.0.1:${server.port}`, "--agent", url, "--json"],
    ]);
    strictEqual(JSON.parse(scanned.stdout).skipped[0].devices[0], "inv-01");
    strictEqual(server.stats.sessions, 0);
    strictEqual((await runInProcess([...args, "--force"])).code, 0);
  } finally {
    await agent.shutdown();
    await server.close();
  }
});

Deno.test("doctor reports the findings so far when cancelled, and an unreachable device", async () => {
  const unreachable = await runInProcess(["doctor", "127.0.0.1:1", "--json"]);
  strictEqual(unreachable.code, 69);
  match(unreachable.stderr, /cannot connect: .*refused/);
  const both = await runInProcess(["doctor", "a", "--config", "b"]);
  strictEqual(both.code, 2);
  const off = new AbortController();
  const server = serve();
  server.inject({ fault: { kind: "delay", delayMs: 30 } });
  try {
    setTimeout(() => off.abort(), 1_000);
    const args = ["doctor", `127.0.0.1:${server.port}`, "--json"];
    const early = await runInProcess(args, {}, off.signal);
    strictEqual(early.code, 1);
    const output: Doctor = JSON.parse(early.stdout);
    ok(output.findings.length > 0 && output.block === null);
    match(output.error ?? "", /cancelled/);
    await assertSchemas([unreachable, early].map(({ stdout }) => {
      return { schema: "doctor", text: stdout };
    }));
  } finally {
    await server.close();
  }
});
