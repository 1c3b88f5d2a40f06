/**
 * Devices without a configuration: found by a scan, followed to another address,
 * polled immediately after a restart.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createPlant } from "../../src/simulator/plant/plant.ts";
import {
  type SimulatorServer,
  startServer,
} from "../../src/simulator/server/server.ts";
import {
  type AgentLogLine,
  type AgentProcess,
  startAgentProcess,
  withTempFolder,
} from "../../src/testing/agent/agent.ts";
import {
  type AgentConfig,
  type ConfigTable,
  writeConfig,
} from "../../src/testing/agent/agent_config.ts";
import { checkFiles } from "../../src/testing/stream_check.ts";

const INTERVAL_MS = 250;

Deno.test("agent: a scan finds a plant, a device is followed to a new address, and a restart polls it immediately", () =>
  withTempFolder(async (folder) => {
    const images = createPlant({ seed: 1, inverters: 3, meters: 1 }).devices;
    const [one, two, three, four] = images.map(({ image }) => image);
    ok(one !== undefined && two !== undefined);
    ok(three !== undefined && four !== undefined);
    const first = startServer({ hostname: "127.0.1.1", units: new Map([[1, one]]) });
    const { port } = first;
    const serve = (host: string, ...units: [number, typeof one][]): SimulatorServer =>
      startServer({ hostname: host, port, units: new Map(units) });
    const gateway = serve("127.0.1.2", [1, two], [3, four]);
    const configured = serve("127.0.1.5", [1, three]);
    const outside = serve("127.0.1.14", [1, four]);

    const config: AgentConfig = {
      discovery: {
        mode: "subnet_scan",
        ranges: ["127.0.1.0/28"],
        exclude: ["127.0.1.14"],
        ports: [port],
        ["rescan_interval"]: "10s",
        ["interval_ms"]: INTERVAL_MS,
      },
      devices: [{ id: "fixed", host: "127.0.1.5", port, ["interval_ms"]: INTERVAL_MS }],
    };
    let moved: SimulatorServer;
    {
      await using agent = await startAgentProcess({ folder, config });
      await agent.until("discovery.looked");
      const found = agent.log.filter(({ event }) => event === "discovery.found")
        .map(({ device }) => String(device)).sort();
      deepStrictEqual(found, [
        `127.0.1.1:${port}/1`,
        `127.0.1.2:${port}/1`,
        `127.0.1.2:${port}/3`,
      ]);
      await agent.until("device.online", () => onlineIn(agent).size === 4);
      ok(onlineIn(agent).has("fixed"));
      // It gets another address, as from DHCP.
      await first.close();
      moved = serve("127.0.1.9", [1, one]);
      const line = await agent.until("discovery.moved");
      strictEqual(line["from"], `127.0.1.1:${port}/1`);
      strictEqual(line["device"], `127.0.1.9:${port}/1`);
      await new Promise((resolve) => setTimeout(resolve, 1_500));

      // A reload does not affect found devices.
      const follow = async (discovery: ConfigTable): Promise<AgentLogLine> => {
        const before = agent.log.length;
        await writeConfig(folder, { ...config, discovery });
        Deno.kill(agent.pid, "SIGHUP");
        return await agent.until(
          "config.reloaded",
          (line) => agent.log.indexOf(line) >= before,
        );
      };
      const longer = { ...config.discovery, ["rescan_interval"]: "20s" };
      deepStrictEqual((await follow(longer))["removed"], []);
      // With reporting only, found devices are no longer polled, configured ones are.
      const { removed } = await follow({ ...longer, adopt: "report" });
      strictEqual((removed as readonly string[]).length, 3);
      strictEqual((await agent.end("SIGTERM")).code, 0);
      strictEqual(agent.noise, "");
    }
    {
      await using agent = await startAgentProcess({ folder, config });
      await agent.until("device.online", () => onlineIn(agent).size === 4);
      const timeOf = (line: AgentLogLine): number => Date.parse(String(line["time"]));
      const ready = await agent.until("agent.ready");
      const online = agent.log.findLast(({ event }) => event === "device.online") ?? {};
      ok(timeOf(online) - timeOf(ready) < 3_000);
      ok(agent.log.every(({ event }) => event !== "discovery.looked"));
      strictEqual((await agent.end("SIGTERM")).code, 0);
    }
    for (const server of [gateway, configured, outside, moved]) await server.close();
    strictEqual(outside.stats.requests, 0); // excluded

    // The moved device is one stream, in which every slot is accounted for.
    const { faults, decoded } = await checkFiles(`${folder}/records`);
    deepStrictEqual(faults, []);
    const records = decoded.map(({ record }) => record)
      .filter((record) => record["interval_ms"] === INTERVAL_MS);
    const ids = new Set(records.map((record) => record["device_id"]));
    strictEqual(ids.size, 4);
    const longest = Math.max(
      ...records.map((record) => Number(record["slots_missed"])),
    );
    const back = records.find((record) => record["slots_missed"] === longest);
    ok(back !== undefined && longest * INTERVAL_MS > 1_000, `${longest} slots`);
    const before = records.filter((record) =>
      record["device_id"] === back["device_id"] && record["epoch"] === back["epoch"] &&
      Number(record["seq"]) === Number(back["seq"]) - 1
    );
    const awayMs = Number(back["sampled_at"]) - Number(before[0]?.["sampled_at"]);
    // Its offset within the slots depends on its address.
    ok(Math.abs(awayMs - (longest + 1) * INTERVAL_MS) < INTERVAL_MS, `${awayMs} ms`);
  }));

/** Devices that came online. */
function onlineIn({ log }: AgentProcess): ReadonlySet<unknown> {
  return new Set(
    log.filter(({ event }) => event === "device.online").map(({ device }) => device),
  );
}
