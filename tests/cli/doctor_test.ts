import { match, ok, strictEqual } from "node:assert/strict";
import { parseConfig } from "../../src/config/check/parse.ts";
import { startServer } from "../../src/simulator/server/server.ts";
import { runCommand } from "../../src/testing/command.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { meetSchemas } from "../../src/testing/json_schema.ts";

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

Deno.test("doctor finds what a device needs, and prints a table that check takes", async () => {
  const server = serve({ registersPerReadMax: 40 }, 1);
  try {
    const delay = server.inject({ fault: { kind: "delay", delayMs: 20 } });
    const args = ["doctor", `127.0.0.1:${server.port}`, "--timeout", "500ms"];
    const run = await runCommand([...args, "--intrusive", "--json"]);
    strictEqual(run.code, 0, run.stderr);
    ok(delay.fired > 0);
    const said: Doctor = JSON.parse(run.stdout);
    const size = said.findings.find(({ check }) => check === "largest read");
    strictEqual(size?.advice["registersPerReadMax"], 40);
    const sessions = said.findings.find(({ check }) => check === "parallel sessions");
    match(sessions?.found ?? "", /^1 at once/);
    match(
      said.findings.find(({ check }) => check === "answer times")?.found ?? "",
      /^p50 2\d ms/,
    );
    strictEqual(gravityOf(said, "chain of models"), "good");
    const config = parseConfig({
      text: said.block ?? "",
      file: "x",
      env: {},
      hostName: "gw",
    });
    ok(config.ok, JSON.stringify(config));
    strictEqual(config.value.config.devices[0]?.registers_per_read_max, 40);
    await meetSchemas([{ schema: "doctor", text: run.stdout }]);
  } finally {
    await server.close();
  }
});

Deno.test("doctor leaves a device alone that an agent polls, unless it is forced", async () => {
  const server = serve();
  const device = { id: "inv-01", host: "localhost", port: server.port, unitId: 1 };
  const agent = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => Response.json({ format: 1, devices: [device] }),
  );
  const url = `http://127.0.0.1:${agent.addr.port}`;
  try {
    const args = ["doctor", `127.0.0.1:${server.port}`, "--agent", url];
    const refused = await runCommand(args);
    strictEqual(refused.code, 1);
    match(refused.stderr, /the running agent polls it \(inv-01\)/);
    strictEqual(server.stats.sessions, 0, "it was not even connected to");
    const scanned = await runCommand([
      ...["scan", `127.0.0.1:${server.port}`, "--agent", url, "--json"],
    ]);
    strictEqual(JSON.parse(scanned.stdout).skipped[0].devices[0], "inv-01");
    strictEqual(server.stats.sessions, 0);
    strictEqual((await runCommand([...args, "--force"])).code, 0);
  } finally {
    await agent.shutdown();
    await server.close();
  }
});

Deno.test("doctor ends by what it could find out where the device goes, or there is none", async () => {
  const nobody = await runCommand(["doctor", "127.0.0.1:1", "--json"]);
  strictEqual(nobody.code, 69);
  match(nobody.stderr, /cannot connect: .*refused/);
  const both = await runCommand(["doctor", "a", "--config", "b"]);
  strictEqual(both.code, 2);
  const off = new AbortController();
  const server = serve();
  server.inject({ fault: { kind: "delay", delayMs: 30 } });
  try {
    setTimeout(() => off.abort(), 1_000);
    const args = ["doctor", `127.0.0.1:${server.port}`, "--json"];
    const early = await runCommand(args, {}, off.signal);
    strictEqual(early.code, 1);
    const said: Doctor = JSON.parse(early.stdout);
    ok(said.findings.length > 0 && said.block === null);
    match(said.error ?? "", /called off/);
    await meetSchemas([nobody, early].map(({ stdout }) => {
      return { schema: "doctor", text: stdout };
    }));
  } finally {
    await server.close();
  }
});
