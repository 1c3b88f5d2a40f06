import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { startServer } from "../../src/simulator/server/server.ts";
import { runInProcess } from "../../src/testing/run_in_process.ts";
import { INVERTER } from "../../src/testing/devices/devices.ts";
import { assertSchemas } from "../../src/testing/json_schema.ts";
import { testWithSharedDevices } from "../../src/testing/devices/shared_devices.ts";

const UNIT = String(INVERTER.unitId);

/** The literal inverter, whose vendor model contains the serial number too. */
function serve(): ReturnType<typeof startServer> {
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  return startServer({
    units: new Map([[INVERTER.unitId, { base: INVERTER.base, registers }]]),
  });
}

Deno.test("read shows a dump like the device, without its serial number", async () => {
  const folder = await Deno.makeTempDir();
  const server = serve();
  const address = `127.0.0.1:${server.port}`;
  const file = `${folder}/inverter.json`;
  try {
    const taken = await runInProcess(["dump", address, "--unit", UNIT, "-o", file]);
    strictEqual(taken.code, 0, taken.stderr);
    match(taken.stderr, /masked: 1 SN/);
    const text = await Deno.readTextFile(file);
    ok(!text.includes(INVERTER.serial));

    const live = await runInProcess(["read", address, "--unit", UNIT, "--json"]);
    const back = await runInProcess(["read", file, "--json"]);
    strictEqual(back.code, 0, back.stderr);
    // The id that an agent would derive has the serial in lower case.
    const masked = live.stdout
      .replaceAll(`10k-${INVERTER.serial}`, "10k-xxxxxxx")
      .replaceAll(INVERTER.serial, "XXXXXXX");
    deepStrictEqual(JSON.parse(back.stdout), JSON.parse(masked));
    strictEqual(JSON.parse(live.stdout).serial, INVERTER.serial);

    const again = await runInProcess(["dump", address, "--unit", UNIT, "-o", file]);
    strictEqual(again.code, 1);
    match(again.stderr, /already exists; --force overwrites it/);
    const kept = ["dump", address, "--unit", UNIT, "--keep-serials", "-o", "-"];
    const whole = await runInProcess(kept);
    strictEqual(JSON.parse(whole.stdout).serial, INVERTER.serial);
    deepStrictEqual(JSON.parse(whole.stdout).registers, INVERTER.registers);

    await assertSchemas([
      { schema: "dump", text },
      { schema: "dump", text: whole.stdout },
      { schema: "read", text: live.stdout },
      { schema: "read", text: back.stdout },
    ]);
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dump records refused registers, and reports an incomplete dump", async () => {
  const registers = Uint16Array.from(INVERTER.registers, (register) => register ?? 0);
  const hole = { address: 40_090, count: 2 };
  const image = { base: INVERTER.base, registers, unreadable: [hole] };
  const server = startServer({ units: new Map([[1, image]]) });
  const address = `127.0.0.1:${server.port}`;
  try {
    const holed = await runInProcess(["dump", address, "-o", "-"]);
    strictEqual(holed.code, 0, holed.stderr);
    const dump = JSON.parse(holed.stdout);
    deepStrictEqual(
      dump.registers.flatMap((register: unknown, at: number) =>
        register === null ? [at] : []
      ),
      [90, 91],
    );
    ok(
      dump.requests.some(({ outcome }: { outcome: string }) =>
        outcome === "exception 0x02"
      ),
    );
    const fault = server.inject({ fault: { kind: "silent" }, touching: 40_130 });
    const broken = await runInProcess([
      "dump",
      address,
      "--timeout",
      "100ms",
      "-o",
      "-",
    ]);
    strictEqual(broken.code, 1);
    match(
      broken.stderr,
      /the dump is incomplete: reading 50 registers at 40122: no response/,
    );
    ok(fault.fired > 0);
  } finally {
    await server.close();
  }
});

testWithSharedDevices(
  "read shows the dumps of real devices, with model and point names",
  async (devices) => {
    for (const { name, dump } of devices) {
      if (!dump.endModel) continue; // The chain is inconsistent.
      const file =
        new URL(`../../../shared/devices/${name}.json`, import.meta.url).pathname;
      const { code, stdout, stderr } = await runInProcess(["read", file, "--all"]);
      strictEqual(code, 0, `${name}: ${stderr}`);
      for (const { id } of dump.models) {
        ok(
          stdout.includes(`\n${id} `),
          `${name} ${id}`,
        );
      }
    }
  },
);
