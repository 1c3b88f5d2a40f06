/**
 * The package on a booted Debian 12: the events of years of operation, in two minutes.
 * Devices are simulated in the machine's network.
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { VERSION } from "../../src/base/version.ts";
import { type ConfigTable, toToml } from "../../src/testing/agent/agent_config.ts";
import { BINARY, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { makeDebianRoot } from "../../src/testing/package/debian_root.ts";
import {
  type Fleet,
  type FleetDevice,
  startFleet,
} from "../../src/testing/agent/fleet.ts";
import { bootMachine, type Machine } from "../../src/testing/package/machine.ts";
import { makePackage } from "../../src/testing/package/packages.ts";
import { checkFiles, type StreamCheck } from "../../src/testing/stream_check.ts";
import { pause } from "../../src/testing/pause.ts";
import { printLine } from "../../src/testing/print_line.ts";

const UNIT = "sunspec-collector";
const CONFIG = `/etc/${UNIT}/config.toml`;
const STATE = `/var/lib/${UNIT}`;
const INTERVAL_MS = 500;

/** WatchdogSec of the unit, in ms. */
const WATCHDOG_MS = 10_000;
const RESTART_MS = 5_000;
const STOP_MAX_MS = 10_000;
const MARGIN_MS = 5_000;

/** Maximum score of `systemd-analyze security`; 10 is worst. */
const EXPOSURE_MAX = 1.5;

const DEVICES: readonly FleetDevice[] = Array.from({ length: 4 }, (_, at) => ({
  id: `inv-${at + 1}`,
  unitId: 3,
  kind: "good",
}));

interface Gateway {
  readonly machine: Machine;
  readonly fleet: Fleet;
  /** Writes the configuration with the first `count` devices. */
  configure(count: number, more?: ConfigTable): Promise<void>;
  /** A property of the service. */
  show(property: string): Promise<string>;
  /** Its main process id. */
  pid(): Promise<number>;
  /** Waits until a condition is true. */
  until(what: string, isSo: () => Promise<boolean>, limitMs: number): Promise<number>;
  journal(...more: string[]): Promise<string>;
  /** The delivered records so far, checked. */
  delivered(): Promise<StreamCheck>;
}

async function openGateway(machine: Machine, fleet: Fleet): Promise<Gateway> {
  await machine.runChecked(["systemctl", "stop", UNIT]);
  const show: Gateway["show"] = async (property) =>
    (await machine.runChecked(["systemctl", "show", "-P", property, UNIT])).trim();
  const journal: Gateway["journal"] = (...more) =>
    machine.runChecked(["journalctl", "-u", UNIT, "--no-pager", "-o", "cat", ...more]);
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
          throw new Error(`timed out after ${limitMs} ms: ${what}\n${await journal()}`);
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

/** Waits until each of the first `count` devices has `more` records beyond `from`. */
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

Deno.test("package: under a booted systemd the service installs, runs, hangs, crashes, fills the disk, is upgraded and stops without losing a record", async (t) => {
  await ensureBinary();
  await using root = await makeDebianRoot();
  await using machine = await bootMachine(root);
  await using fleet = await startFleet(DEVICES, machine.network);
  const install = async (version: string): Promise<void> => {
    const program = { machine: "x86_64", path: BINARY, version } as const;
    const deb = await makePackage(`${machine.path}/root`, program);
    await machine.runChecked(["dpkg", "--install", deb.slice(machine.path.length)]);
  };

  await t.step("as delivered it starts and reports what to configure", async () => {
    await install(VERSION);
    await machine.runChecked(["systemctl", "start", UNIT]);
    const status = await machine.runChecked([
      "systemctl",
      "show",
      "-P",
      "StatusText",
      UNIT,
    ]);
    match(status, /devices/);
    printLine(`as delivered: ${status.trim()}`);
  });
  const gateway = await openGateway(machine, fleet);

  await t.step("it runs hardened", async () => {
    const table = await machine.runChecked([
      "systemd-analyze",
      "security",
      "--no-pager",
      UNIT,
    ]);
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(table)?.[1]);
    printLine(`systemd-analyze security: ${exposure}`);
    ok(exposure <= EXPOSURE_MAX, table);
  });

  await t.step("enabled, it is READY and polls", async () => {
    await gateway.configure(3);
    await machine.runChecked(["systemctl", "enable", "--now", UNIT]);
    strictEqual(await gateway.show("ActiveState"), "active");
    await untilPolled(gateway, 3, 4);
    await gateway.until(
      "the status line reports the devices",
      async () => (await gateway.show("StatusText")).includes("3 of 3 devices answer"),
      15_000,
    );
  });

  await t.step("reload adds a device and does not affect the others", async () => {
    const pid = await gateway.pid();
    await gateway.configure(4);
    await machine.runChecked(["systemctl", "reload", UNIT]);
    await untilPolled(gateway, 4, 3);
    strictEqual(await gateway.pid(), pid);
  });

  await t.step("reload of a faulty file keeps the old configuration", async () => {
    await Deno.writeTextFile(`${machine.path}${CONFIG}`, "[gateway\n");
    await machine.run(["systemctl", "reload", UNIT]);
    await untilPolled(gateway, 4, 2);
    strictEqual(await gateway.show("ActiveState"), "active");
    match(await gateway.journal(), /reload/);
    await gateway.configure(4);
    await machine.runChecked(["systemctl", "reload", UNIT]);
  });

  await t.step("stopped by SIGSTOP it is restarted by the watchdog", async () => {
    const pid = await gateway.pid();
    await machine.runChecked([
      "systemctl",
      "kill",
      "--kill-who=main",
      "--signal=STOP",
      UNIT,
    ]);
    const tookMs = await gateway.until(
      "another process is active",
      async () =>
        await gateway.pid() !== pid && await gateway.show("ActiveState") === "active" &&
        await gateway.pid() > 0,
      WATCHDOG_MS + RESTART_MS + MARGIN_MS,
    );
    printLine(`restarted ${(tookMs / 1_000).toFixed(1)} s after SIGSTOP`);
    match(await gateway.show("NRestarts"), /^1$/);
    await untilPolled(gateway, 4, 3);
  });

  await t.step("killed by SIGKILL it is restarted", async () => {
    const pid = await gateway.pid();
    await machine.runChecked([
      "systemctl",
      "kill",
      "--kill-who=main",
      "--signal=KILL",
      UNIT,
    ]);
    await gateway.until(
      "another process is active",
      async () =>
        ![pid, 0].includes(await gateway.pid()) &&
        await gateway.show("ActiveState") === "active",
      RESTART_MS + MARGIN_MS,
    );
    await untilPolled(gateway, 4, 3);
  });

  await t.step("on a full disk it continues and reports it", async () => {
    await machine.runChecked(["systemctl", "stop", UNIT]);
    const folder = (await machine.runChecked(["readlink", "-f", STATE])).trim();
    const copied = `/root/state`;
    await machine.runChecked(["cp", "-a", folder, copied]);
    await machine.runChecked([
      "mount",
      "-t",
      "tmpfs",
      "-o",
      "size=24m",
      "tmpfs",
      folder,
    ]);
    await machine.runChecked(["cp", "-aT", copied, folder]);
    await machine.runChecked(["systemctl", "start", UNIT]);
    await untilPolled(gateway, 4, 2);
    const pid = await gateway.pid();
    await machine.run(["dd", "if=/dev/zero", `of=${folder}/full`, "bs=64k"]);
    await gateway.until(
      "the status line reports the full disk",
      async () => /full|write/.test(await gateway.show("StatusText")),
      20_000,
    );
    printLine(`full: ${await gateway.show("StatusText")}`);
    await untilPolled(gateway, 4, 4);
    await machine.runChecked(["rm", `${folder}/full`]);
    await gateway.until(
      "the status is healthy again",
      async () => !/full|write/.test(await gateway.show("StatusText")),
      30_000,
    );
    strictEqual(await gateway.pid(), pid, "it was restarted because of the full disk");
    await untilPolled(gateway, 4, 3);
    const { faults } = await gateway.delivered();
    deepStrictEqual(faults, []);
    // Moves the files back from the small disk.
    await machine.runChecked(["systemctl", "stop", UNIT]);
    await machine.runChecked(["cp", "-aT", folder, copied]);
    await machine.runChecked(["umount", folder]);
    await machine.runChecked(["cp", "-aT", copied, folder]);
    await machine.runChecked(["systemctl", "start", UNIT]);
  });

  await t.step(
    "an upgrade restarts it with its rows and sequence numbers",
    async () => {
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
    },
  );

  await t.step(
    "systemctl stop ends it in time, and every record is delivered",
    async () => {
      const startMs = performance.now();
      await machine.runChecked(["systemctl", "stop", UNIT]);
      const tookMs = performance.now() - startMs;
      printLine(`stopped in ${(tookMs / 1_000).toFixed(1)} s`);
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
    "the journal has priorities and no unexpected lines",
    async () => {
      const journal = await gateway.journal();
      ok(!journal.includes("\x1b"), "an escape code");
      ok(!/^<\d>/m.test(journal), "a priority prefix is left in a message");
      ok(!/Operation not permitted|EPERM|NotCapable/.test(journal), journal);
      const grave = await gateway.journal("-p", "warning");
      ok(
        grave.length < journal.length && grave.length > 0,
        "everything has one priority",
      );
    },
  );
});
