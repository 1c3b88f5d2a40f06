/**
 * The package on a Debian 12 that systemd booted: what a gateway goes through
 * in years, in two minutes. Devices are played in the machine's own network.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { VERSION } from "../../src/cli/version/version.ts";
import { pause } from "../../src/testing/agent/agent.ts";
import { type TomlTable, toToml } from "../../src/testing/agent/agent_config.ts";
import { BINARY, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { makeDebianRoot } from "../../src/testing/debian_root.ts";
import {
  type Fleet,
  type FleetDevice,
  say,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { bootMachine, type Machine } from "../../src/testing/machine.ts";
import { pack } from "../../src/testing/packages.ts";
import { checkFiles, type StreamCheck } from "../../src/testing/stream_check.ts";

const UNIT = "sunspec-collector";
const CONFIG = `/etc/${UNIT}/config.toml`;
const STATE = `/var/lib/${UNIT}`;
const INTERVAL_MS = 500;

/** Of the unit, in ms. */
const WATCHDOG_MS = 10_000;
const RESTART_MS = 5_000;
const STOP_MAX_MS = 10_000;
const MARGIN_MS = 5_000;

/** The score that `systemd-analyze security` may give at most; 10 is worst. */
const EXPOSURE_MAX = 1.5;

const DEVICES: readonly FleetDevice[] = Array.from({ length: 4 }, (_, at) => ({
  id: `inv-${at + 1}`,
  unitId: 3,
  kind: "good",
}));

interface Gateway {
  readonly machine: Machine;
  readonly fleet: Fleet;
  /** Writes the configuration with the first so many devices. */
  configure(count: number, more?: TomlTable): Promise<void>;
  /** A property of the service. */
  show(property: string): Promise<string>;
  /** Its main process. */
  pid(): Promise<number>;
  /** Waits until it is true. */
  until(what: string, isSo: () => Promise<boolean>, limitMs: number): Promise<number>;
  journal(...more: string[]): Promise<string>;
  /** What was delivered so far, judged. */
  delivered(): Promise<StreamCheck>;
}

async function openGateway(machine: Machine, fleet: Fleet): Promise<Gateway> {
  await machine.ask(["systemctl", "stop", UNIT]);
  const show: Gateway["show"] = async (property) =>
    (await machine.ask(["systemctl", "show", "-P", property, UNIT])).trim();
  const journal: Gateway["journal"] = (...more) =>
    machine.ask(["journalctl", "-u", UNIT, "--no-pager", "-o", "cat", ...more]);
  return {
    machine,
    fleet,
    show,
    journal,
    async configure(count, more = {}) {
      const tables = fleet.tables(() => ({ ["interval_ms"]: INTERVAL_MS }));
      await Deno.writeTextFile(
        `${machine.path}${CONFIG}`,
        toToml({
          gateway: { id: "gw-1", site: "plant-1" },
          uplink: { kind: "files" },
          devices: tables.slice(0, count),
          ...more,
        }),
      );
    },
    pid: async () => Number(await show("MainPID")),
    async until(what, isSo, limitMs) {
      const startMs = performance.now();
      while (!await isSo()) {
        const passedMs = performance.now() - startMs;
        if (passedMs > limitMs) {
          throw new Error(`not within ${limitMs} ms: ${what}\n${await journal()}`);
        }
        await pause(200);
      }
      return performance.now() - startMs;
    },
    delivered: () => checkFiles(`${machine.path}${STATE}/records`),
  };
}

function recordsOf(check: StreamCheck, id: string): number {
  return check.decoded.filter(({ type, record }) =>
    type === "NormalizedInverterData" && record["device_id"] === id
  ).length;
}

/** Waits until every one of the first so many devices has `more` records than at `from`. */
async function untilPolled(
  gateway: Gateway,
  count: number,
  more: number,
  limitMs = 20_000,
): Promise<void> {
  const report = await gateway.fleet.report();
  const before = DEVICES.slice(0, count).map(({ id }) =>
    report.devices[id]?.polls.length ?? 0
  );
  await gateway.until(`${count} devices are polled`, async () => {
    const now = await gateway.fleet.report();
    return DEVICES.slice(0, count).every(({ id }, at) =>
      (now.devices[id]?.polls.length ?? 0) >= (before[at] ?? 0) + more
    );
  }, limitMs);
}

Deno.test("on a real systemd the service installs, runs, hangs, crashes, fills up, is upgraded and stops without losing a reading", async (t) => {
  await ensureBinary();
  await using root = await makeDebianRoot();
  await using machine = await bootMachine(root);
  await using fleet = await startFleet(DEVICES, machine.network);
  const install = async (version: string): Promise<void> => {
    const program = { machine: "x86_64", path: BINARY, version } as const;
    const deb = await pack(`${machine.path}/root`, program);
    await machine.ask(["dpkg", "--install", deb.slice(machine.path.length)]);
  };

  await t.step("as it is delivered it starts and says what to configure", async () => {
    await install(VERSION);
    await machine.ask(["systemctl", "start", UNIT]);
    const status = await machine.ask(["systemctl", "show", "-P", "StatusText", UNIT]);
    match(status, /devices/);
    say(`as delivered: ${status.trim()}`);
  });
  const gateway = await openGateway(machine, fleet);

  await t.step("it is hardened, and the hardening lets it work", async () => {
    const table = await machine.ask([
      "systemd-analyze",
      "security",
      "--no-pager",
      UNIT,
    ]);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(table)?.[1]);
    say(`systemd-analyze security: ${exposure}`);
    ok(exposure <= EXPOSURE_MAX, table);
  });

  await t.step("enabled, it is READY and polls", async () => {
    await gateway.configure(3);
    await machine.ask(["systemctl", "enable", "--now", UNIT]);
    strictEqual(await gateway.show("ActiveState"), "active");
    await untilPolled(gateway, 3, 4);
    await gateway.until(
      "the status says how things stand",
      async () => (await gateway.show("StatusText")).includes("3 of 3 devices answer"),
      15_000,
    );
  });

  await t.step("reload takes up a device and leaves the others be", async () => {
    const pid = await gateway.pid();
    await gateway.configure(4);
    await machine.ask(["systemctl", "reload", UNIT]);
    await untilPolled(gateway, 4, 3);
    strictEqual(await gateway.pid(), pid);
  });

  await t.step("reload of a broken file leaves the old one in force", async () => {
    await Deno.writeTextFile(`${machine.path}${CONFIG}`, "[gateway\n");
    await machine.run(["systemctl", "reload", UNIT]);
    await untilPolled(gateway, 4, 2);
    strictEqual(await gateway.show("ActiveState"), "active");
    match(await gateway.journal(), /reload/);
    await gateway.configure(4);
    await machine.ask(["systemctl", "reload", UNIT]);
  });

  await t.step("stopped by SIGSTOP it is restarted by the watchdog", async () => {
    const pid = await gateway.pid();
    await machine.ask(["systemctl", "kill", "--kill-who=main", "--signal=STOP", UNIT]);
    const tookMs = await gateway.until(
      "another process is active",
      async () =>
        await gateway.pid() !== pid && await gateway.show("ActiveState") === "active" &&
        await gateway.pid() > 0,
      WATCHDOG_MS + RESTART_MS + MARGIN_MS,
    );
    say(`restarted ${(tookMs / 1_000).toFixed(1)} s after SIGSTOP`);
    match(await gateway.show("NRestarts"), /^1$/);
    await untilPolled(gateway, 4, 3);
  });

  await t.step("killed by SIGKILL it is restarted", async () => {
    const pid = await gateway.pid();
    await machine.ask(["systemctl", "kill", "--kill-who=main", "--signal=KILL", UNIT]);
    await gateway.until(
      "another process is active",
      async () =>
        ![pid, 0].includes(await gateway.pid()) &&
        await gateway.show("ActiveState") === "active",
      RESTART_MS + MARGIN_MS,
    );
    await untilPolled(gateway, 4, 3);
  });

  await t.step("with no room left on the disk it goes on, and says so", async () => {
    await machine.ask(["systemctl", "stop", UNIT]);
    const folder = (await machine.ask(["readlink", "-f", STATE])).trim();
    const copied = `/root/state`;
    await machine.ask(["cp", "-a", folder, copied]);
    await machine.ask(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder]);
    await machine.ask(["cp", "-aT", copied, folder]);
    await machine.ask(["systemctl", "start", UNIT]);
    await untilPolled(gateway, 4, 2);
    const pid = await gateway.pid();
    await machine.run(["dd", "if=/dev/zero", `of=${folder}/full`, "bs=64k"]);
    await gateway.until(
      "the status says that the disk is full",
      async () => /full|write/.test(await gateway.show("StatusText")),
      20_000,
    );
    say(`full: ${await gateway.show("StatusText")}`);
    await untilPolled(gateway, 4, 4);
    await machine.ask(["rm", `${folder}/full`]);
    await gateway.until(
      "the status is well again",
      async () => !/full|write/.test(await gateway.show("StatusText")),
      30_000,
    );
    strictEqual(await gateway.pid(), pid, "it was not restarted for a full disk");
    await untilPolled(gateway, 4, 3);
    const { faults } = await gateway.delivered();
    deepStrictEqual(faults, []);
    // What is on the small disk goes back to where it was.
    await machine.ask(["systemctl", "stop", UNIT]);
    await machine.ask(["cp", "-aT", folder, copied]);
    await machine.ask(["umount", folder]);
    await machine.ask(["cp", "-aT", copied, folder]);
    await machine.ask(["systemctl", "start", UNIT]);
  });

  await t.step("an upgrade restarts it with its rows and numbers", async () => {
    await untilPolled(gateway, 4, 2);
    const pid = await gateway.pid();
    await install(`${VERSION}+next`);
    await gateway.until(
      "the new version is active",
      async () =>
        ![pid, 0].includes(await gateway.pid()) &&
        await gateway.show("ActiveState") === "active",
      15_000,
    );
    await untilPolled(gateway, 4, 3);
  });

  await t.step(
    "systemctl stop ends it in time, and every record is there",
    async () => {
      const startMs = performance.now();
      await machine.ask(["systemctl", "stop", UNIT]);
      const tookMs = performance.now() - startMs;
      say(`stopped in ${(tookMs / 1_000).toFixed(1)} s`);
      ok(tookMs < STOP_MAX_MS);
      strictEqual(await gateway.show("Result"), "success");
      const check = await gateway.delivered();
      deepStrictEqual(check.faults, []);
      for (const { id } of DEVICES) ok(recordsOf(check, id) > 10, id);
      const ages = check.streams.filter(({ type }) =>
        type === "NormalizedInverterData"
      );
      for (const { device_id: id, epochs } of ages.slice(0, 3)) {
        ok(epochs.length >= 6, `${id} has ${epochs.length} epochs`);
      }
    },
  );

  await t.step(
    "the journal has priorities, and nothing that it should not",
    async () => {
      const journal = await gateway.journal();
      ok(!journal.includes("\x1b"), "an escape code");
      ok(!/^<\d>/m.test(journal), "a priority that nobody took off");
      ok(!/Operation not permitted|EPERM|NotCapable/.test(journal), journal);
      const grave = await gateway.journal("-p", "warning");
      ok(
        grave.length < journal.length && grave.length > 0,
        "everything has one priority",
      );
    },
  );
});
