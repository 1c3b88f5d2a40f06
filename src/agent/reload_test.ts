import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { createMemoryLog } from "../testing/memory_log.ts";
import { loadConfig } from "../config/source/load.ts";
import type { OpenLog } from "../observability/log/log.ts";
import type { RosterChange } from "../poller/roster/roster_change.ts";
import { createReloader, describeRejectedReload, type Reloader } from "./reload.ts";

const FILE = '[gateway]\nid = "gw"\n[[devices]]\nhost = "10.0.0.1"\n';
const NOTHING: RosterChange = { removed: [], changed: [], added: [] };

/** Creates a reloader of a file, and records the hosts that the agent receives. */
async function withReloader(
  use: (world: {
    readonly path: string;
    readonly reloader: Reloader;
    readonly hosts: readonly (readonly string[])[];
    readonly log: ReturnType<typeof createMemoryLog>;
    hold: Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/agent.toml`;
  await Deno.writeTextFile(path, FILE);
  const loaded = await loadConfig(path, {});
  ok(loaded.ok);
  const log = createMemoryLog();
  const open: OpenLog = { ...log, adjust: () => {}, close: () => {} };
  const hosts: string[][] = [];
  const world = {
    path,
    hosts,
    log,
    hold: Promise.resolve(),
    reloader: createReloader({
      file: path,
      env: {},
      loaded: loaded.value,
      log: open,
      agent: {
        async update({ roster }) {
          hosts.push(roster.map(({ host }) => host));
          await world.hold;
          return NOTHING;
        },
      },
    }),
  };
  await use(world);
  await Deno.remove(folder, { recursive: true });
}

Deno.test("reload() joins waiting requests, which read the file when they begin", () =>
  withReloader(async (world) => {
    const { path, reloader, hosts } = world;
    const held = Promise.withResolvers<void>();
    world.hold = held.promise;
    const first = reloader.reload();
    while (hosts.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const waiting = [1, 2, 3].map(() => reloader.reload());
    await Deno.writeTextFile(path, FILE.replace("10.0.0.1", "10.0.0.2"));
    held.resolve();
    await Promise.all([first, ...waiting]);
    deepStrictEqual(hosts, [["10.0.0.1"], ["10.0.0.2"]]);
  }));

Deno.test("reload() rejects a file with errors, and the next valid file clears the rejection", () =>
  withReloader(async ({ path, reloader, hosts, log }) => {
    await Deno.writeTextFile(path, FILE.replace("10.0.0.1", "10.0.0.1:502"));
    const refused = await reloader.reload();
    strictEqual(refused.is, "refused");
    strictEqual(hosts.length, 0);
    ok(
      describeRejectedReload(reloader.last)?.includes("agent.toml:4: devices[0].host"),
    );
    deepStrictEqual(log.events.map(({ name }) => name), [
      "config.fault",
      "config.refused",
    ]);
    await Deno.writeTextFile(path, FILE);
    strictEqual((await reloader.reload()).is, "followed");
    strictEqual(describeRejectedReload(reloader.last), undefined);
  }));

Deno.test("reload() reports an agent that fails, and the next reload is tried", () =>
  withReloader(async (world) => {
    world.hold = Promise.reject(new Error("no such key"));
    world.hold.catch(() => {});
    await rejects(world.reloader.reload(), { message: "no such key" });
    ok(world.log.events.some(({ name }) => name === "config.fault"));
    world.hold = Promise.resolve();
    strictEqual((await world.reloader.reload()).is, "followed");
  }));
