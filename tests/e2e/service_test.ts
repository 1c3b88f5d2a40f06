import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { inFolder, startAgent } from "../../src/testing/agent/agent.ts";
import { runCommand } from "../../src/testing/agent/agent_program.ts";
import { writeConfig } from "../../src/testing/agent/agent_config.ts";
import { startManager } from "../../src/testing/agent/service_manager.ts";
import { literalDevices, serveLiterals } from "./literal_server.ts";

Deno.test("run tells the service manager READY=1 and STOPPING=1, and ends on SIGTERM with 0", () =>
  inFolder(async (folder) => {
    const server = await serveLiterals(folder);
    const manager = await startManager(`${folder}/notify`);
    const agent = await startAgent({
      folder,
      config: { devices: literalDevices(server.port, { ["interval_ms"]: 500 }) },
      env: {
        NOTIFY_SOCKET: `${folder}/notify`,
        RUNTIME_DIRECTORY: folder,
        WATCHDOG_USEC: "1000000",
      },
    });
    await agent.until("device.online");
    await manager.heard("WATCHDOG=1");
    const beganMs = performance.now();
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
    ok(performance.now() - beganMs < 10_000);
    strictEqual(agent.noise, "");
    strictEqual((await agent.until("agent.stopped"))["rowsLeft"], 0);
    await manager.heard("STOPPING=1");
    const said = await manager.close();
    const at = (word: string): number =>
      said.findIndex((message) => message.split("\n").includes(word));
    ok(at("READY=1") >= 0, JSON.stringify(said));
    ok(at("WATCHDOG=1") > at("READY=1"), JSON.stringify(said));
    ok(at("STOPPING=1") > at("WATCHDOG=1"), JSON.stringify(said));
    ok(
      said.some((message) => message.includes("STATUS=2 of 2 devices answer")) ||
        said.some((message) => message.includes("STATUS=")),
      JSON.stringify(said),
    );
    strictEqual(await server.close(), "");
  }));

Deno.test("a device that does not answer does not delay the end of the agent", () =>
  inFolder(async (folder) => {
    // Accepts and stays silent, so that a read is under way at any time.
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken: Deno.Conn[] = [];
    const accepting = (async () => {
      for await (const client of silent) taken.push(client);
    })();
    const agent = await startAgent({
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

Deno.test("a second agent on the same queue is refused, and says why", () =>
  inFolder(async (folder) => {
    const devices = [{ host: "127.0.0.1", port: 1 }]; // refused; it does not matter here
    await using agent = await startAgent({ folder, config: { devices } });
    const config = await writeConfig(folder, { devices });
    const second = await runCommand(["run", "--config", config], { cwd: folder });
    strictEqual(second.code, 69);
    ok(second.stderr.includes(String(agent.pid)), second.stderr);
    deepStrictEqual(await agent.end("SIGTERM"), { code: 0, signal: null });
  }));
