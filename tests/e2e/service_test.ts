import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import { runCommand } from "../../src/testing/agent/agent_program.ts";
import { writeConfig } from "../../src/testing/agent/agent_config.ts";
import { startServiceManager } from "../../src/testing/agent/service_manager.ts";
import { literalDevices, startLiteralServer } from "./literal_server.ts";

Deno.test("run: sends READY=1 and STOPPING=1 to the service manager, and exits with 0 on SIGTERM", () =>
  withTempFolder(async (folder) => {
    const server = await startLiteralServer(folder);
    const manager = await startServiceManager(`${folder}/notify`);
    const agent = await startAgentProcess({
      folder,
      config: { devices: literalDevices(server.port, { ["interval_ms"]: 500 }) },
      env: {
        NOTIFY_SOCKET: `${folder}/notify`,
        RUNTIME_DIRECTORY: folder,
        WATCHDOG_USEC: "1000000",
      },
    });
    await agent.until("device.online");
    await manager.waitFor("WATCHDOG=1");
    const beganMs = performance.now();
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    ok(performance.now() - beganMs < 10_000);
    strictEqual(agent.noise, "");
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
    await manager.waitFor("STOPPING=1");
    const messages = await manager.close();
    const at = (word: string): number =>
      messages.findIndex((message) => message.split("\n").includes(word));
    ok(at("READY=1") >= 0, JSON.stringify(messages));
    ok(at("WATCHDOG=1") > at("READY=1"), JSON.stringify(messages));
    ok(at("STOPPING=1") > at("WATCHDOG=1"), JSON.stringify(messages));
    ok(
      messages.some((message) => message.includes("STATUS=2 of 2 devices answer")) ||
        messages.some((message) => message.includes("STATUS=")),
      JSON.stringify(messages),
    );
    strictEqual(await server.close(), "");
  }));

Deno.test("run: an unresponsive device does not delay the agent's stop", () =>
  withTempFolder(async (folder) => {
    // Accepts and does not answer, so that a read is always in flight.
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const client of silent) taken.push(client);
    })();
    const agent = await startAgentProcess({
      folder,
      config: {
        devices: [{
          host: "127.0.0.1",
          port: silent.addr.port,
          ["timeout_ms"]: 30_000,
        }],
      },
    });
    for (let turn = 0; turn < 100 && taken.length === 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    ok(taken.length > 0, "the agent did not connect");
    deepStrictEqual(await agent.end("SIGINT"), { code: 0, signal: null });
    for (const client of taken) client.close();
    silent.close();
    await accepting;
  }));

Deno.test("run: a second agent on the same queue exits with the reason", () =>
  withTempFolder(async (folder) => {
    const devices = [{ host: "127.0.0.1", port: 1 }]; // refused; irrelevant here
    await using agent = await startAgentProcess({ folder, config: { devices } });
    const config = await writeConfig(folder, { devices });
    const second = await runCommand(["run", "--config", config], { cwd: folder });
    strictEqual(second.code, 69);
    ok(second.stderr.includes(String(agent.pid)), second.stderr);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
  }));
