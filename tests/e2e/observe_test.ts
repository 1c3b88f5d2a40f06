import { ok, strictEqual } from "node:assert/strict";
import {
  startAgentProcess,
  untilTrue,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import { runCommand } from "../../src/testing/agent/agent_program.ts";
import { freePorts } from "../../src/testing/network/free_ports.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

Deno.test("agent: serves its status over HTTP, and `status` shows it", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const [port = 0, silentPort = 0] = freePorts(2);
    const listen = `127.0.0.1:${port}`;
    const url = `http://${listen}`;
    const silent = { id: "gone", host: "127.0.0.1", port: silentPort };
    await using agent = await startAgentProcess({
      folder,
      config: {
        observe: { listen },
        devices: [...literalDevices(server.port, { ["interval_ms"]: 500 }), silent],
      },
    });
    await untilTrue("ready", async () => {
      const response = await fetch(`${url}/readyz`);
      await response.body?.cancel();
      return response.status === 200;
    });
    const status = await (await fetch(`${url}/status`)).json();
    strictEqual(status.pid, agent.pid);
    strictEqual(status.health, "degraded");
    strictEqual(status.devices.at(-1).port, silent.port);
    ok(status.summary.startsWith("1 of 3 devices offline: gone at "));
    const shown = await runCommand(["status", "--url", url]);
    strictEqual(shown.code, 1, shown.stderr);
    ok(
      shown.stdout.startsWith("WARNING: 1 of 3 devices offline: gone at "),
      shown.stdout,
    );
    const json = await runCommand(["status", "--url", url, "--json"]);
    strictEqual(json.code, 1, json.stderr);
    await assertSchemas([{ schema: "status", text: json.stdout }]);
    const live = await (await fetch(`${url}/healthz`)).text();
    ok(live.startsWith(status.troubles[0].text), live);
    await agent.end("SIGTERM");
    strictEqual(agent.noise, "");
    strictEqual((await runCommand(["status", "--url", url])).code, 69);
    strictEqual(await server.close(), "");
  }));

Deno.test("agent: an occupied port does not stop the agent", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const listen = `127.0.0.1:${other.addr.port}`;
    await using agent = await startAgentProcess({
      folder,
      config: { observe: { listen }, devices: literalDevices(server.port) },
    });
    await agent.until("observe.unreachable");
    await agent.until("device.online");
    other.close();
    await agent.until("observe.listening");
    await agent.end("SIGTERM");
    strictEqual(await server.close(), "");
  }));

Deno.test("agent: clients that send half a request are disconnected, and requests with a foreign Host are rejected", () =>
  withTempFolder(async (folder) => {
    const [port = 0, silentPort = 0] = freePorts(2);
    await using agent = await startAgentProcess({
      folder,
      config: {
        observe: { listen: `127.0.0.1:${port}` },
        devices: [{ host: "127.0.0.1", port: silentPort }],
      },
    });
    const half = await Deno.connect({ port });
    await half.write(new TextEncoder().encode("GET /status HTTP/1.1\r\nHost: loc"));
    const beganMs = performance.now();
    const ended = half.read(new Uint8Array(1)).catch(() => null);
    strictEqual(await ended, null);
    ok(
      performance.now() - beganMs > 4_000,
      "the connection was not closed by its time limit",
    );
    half.close();
    const foreign = await Deno.connect({ port });
    await foreign.write(
      new TextEncoder().encode("GET /status HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    );
    const text = await new Response(foreign.readable).text();
    ok(text.startsWith("HTTP/1.1 421 ") && !text.includes(String(agent.pid)), text);
  }));
