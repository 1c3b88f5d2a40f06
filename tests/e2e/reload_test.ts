/**
 * Reloading the configuration of a running agent, by SIGHUP and by the command.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import { startPlant } from "../../src/simulator/plant/start_plant.ts";
import { startAgentProcess, withTempFolder } from "../../src/testing/agent/agent.ts";
import {
  type AgentConfig,
  type ConfigTable,
  writeConfig,
} from "../../src/testing/agent/agent_config.ts";
import { runCommand } from "../../src/testing/agent/agent_program.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { startServiceManager } from "../../src/testing/agent/service_manager.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";
import { plantDevices } from "../../src/testing/devices/plant_devices.ts";
import { pause } from "../../src/testing/pause.ts";

/** Long enough that a busy machine misses no slot. */
const INTERVAL_MS = 1_000;

Deno.test("agent: a reload adds, changes and removes devices and replaces the uplink; unchanged devices miss no slot", () =>
  withTempFolder(async (folder) => {
    const plant = startPlant(createPlant({ seed: 1, meters: 0 }), SYSTEM_CLOCK);
    const [one, two, three] = plantDevices(plant, INTERVAL_MS)
      .map((device): ConfigTable => ({ ...device, ["timeout_ms"]: 900 })); // without a warning
    ok(one !== undefined && two !== undefined && three !== undefined);
    const manager = await startServiceManager(`${folder}/notify`);
    const first: AgentConfig = { devices: [one, two] };
    await using agent = await startAgentProcess({
      folder,
      config: first,
      env: { NOTIFY_SOCKET: `${folder}/notify`, RUNTIME_DIRECTORY: folder },
    });
    const online = (name: string): Promise<unknown> =>
      agent.until("device.online", ({ device }) => device === name);
    await online("inverter-1");
    await online("inverter-2");

    const second: AgentConfig = {
      gateway: { site: "elsewhere" },
      buffer: { path: `${folder}/other.db`, ["max_rows"]: 5_000 },
      uplink: { files: { ["rotate_bytes"]: 65_536 } },
      devices: [one, { ...two, ["interval_ms"]: 2_000 }, three],
    };
    await writeConfig(folder, second);
    Deno.kill(agent.pid, "SIGHUP");
    const reloaded = await agent.until("config.reloaded");
    deepStrictEqual(reloaded["followed"], [
      "buffer.max_rows",
      "uplink.files.rotate_bytes",
      "devices",
    ]);
    const kept = agent.log.filter(({ event }) => event === "config.kept");
    deepStrictEqual(kept.map(({ path }) => path), ["gateway.site", "buffer.path"]);
    await online("inverter-3");

    // A file with faults changes nothing, and all faults are reported.
    await writeConfig(folder, {
      devices: [{ ...one, port: 70_000 }, { ...two, hosst: "x" }],
    });
    Deno.kill(agent.pid, "SIGHUP");
    strictEqual((await agent.until("config.refused"))["faults"], 2);
    const faults = agent.log.filter(({ event }) => event === "config.fault");
    for (const { problem } of faults) {
      match(String(problem), /agent\.toml:\d+: devices/);
    }
    await manager.waitFor(/^STATUS=reload rejected.*agent\.toml:\d+/m);
    const command = ["reload", "--config", `${folder}/agent.toml`, "--json"];
    const refused = await runCommand(command);
    strictEqual(refused.code, 78);
    strictEqual(JSON.parse(refused.stdout).problems.length, 2);

    await pause(2_500); // at least one slot of the new interval

    // The command reports the result; this time without the second inverter.
    const third: AgentConfig = { ...second, devices: [one, three] };
    await writeConfig(folder, { ...third, buffer: { ["max_rows"]: 5_000 } });
    const done = await runCommand(command);
    strictEqual(done.code, 0, done.stderr);
    const report = JSON.parse(done.stdout);
    deepStrictEqual(report.devices.removed, [`${two["host"]}:${two["port"]}/1`]);
    deepStrictEqual(report.kept, ["gateway.site"]);

    await pause(1_500); // a few more slots
    strictEqual((await agent.end("SIGTERM")).code, 0);
    const withoutAgent = await runCommand(command);
    strictEqual(withoutAgent.code, 69); // no agent runs
    await assertSchemas([refused, done, withoutAgent].map(({ stdout }) => {
      return { schema: "reload", text: stdout };
    }));
    await manager.close();
    await plant.close();
    strictEqual(agent.noise, "");
    const reloading = manager.messages.filter((message) =>
      message.startsWith("RELOADING=1")
    );
    strictEqual(reloading.length, 3);
    for (const message of reloading) match(message, /^MONOTONIC_USEC=[1-9]\d*$/m);

    const { faults: broken, decoded } = await checkFiles(`${folder}/records`);
    deepStrictEqual(broken, []);
    const of = (id: string): Readonly<Record<string, unknown>>[] =>
      decoded.filter(({ type }) => type === "NormalizedInverterData")
        .map(({ record }) => record).filter((record) => record["device_id"] === id);
    const untouched = of("inverter-1");
    ok(untouched.length >= 5);
    for (const record of untouched.slice(1)) strictEqual(record["slots_missed"], 0);
    ok(of("inverter-2").some((record) => record["interval_ms"] === 2_000));
    ok(of("inverter-3").length > 0);
  }));
