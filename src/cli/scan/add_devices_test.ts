import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { parseConfig } from "../../config/check/parse.ts";
import { addDevices } from "./add_devices.ts";
import type { DeviceTable } from "../../config/device_tables.ts";

const NOW = new Date("2026-11-25T16:00:00Z");

function table(host: string, unitIds: readonly number[], id: string | null = null) {
  const comments = ["device\nhost = 'evil'"];
  return { comments, id, host, port: 502, unitIds } satisfies DeviceTable;
}

const WRITTEN = `# our plant, do not touch
[gateway]
id = "gw"   # printed on the box

[[devices]]  # the roof
host = "10.0.0.1"
unit_ids = [ 1,
  2 ] # two of them
id = "roof"
`;

async function inFolder(
  text: string | null,
  test: (file: string, names: () => string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/c.toml`;
  if (text !== null) await Deno.writeTextFile(file, text, { mode: 0o640 });
  try {
    await test(
      file,
      () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function devicesOf(text: string): string[] {
  const parsed = parseConfig({ text, file: "c", env: {}, hostName: "h" });
  ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.config.devices.map(({ id, host, unit_ids: units }) =>
    `${id} ${host} ${units}`
  );
}

Deno.test("addDevices() appends devices, keeps the existing content byte for byte, and writes a backup", async () => {
  await inFolder(WRITTEN, async (file, names) => {
    await Deno.symlink(file, `${file}.link`);
    const tables = [table("10.0.0.1", [1, 2, 3]), table("10.0.0.9", [126], "roof")];
    const added = await addDevices(`${file}.link`, tables, {}, NOW);
    ok(added.ok, JSON.stringify(added));
    deepStrictEqual([added.value.units, added.value.present], [2, 2]);
    const text = await Deno.readTextFile(file);
    ok(text.startsWith(WRITTEN));
    deepStrictEqual(devicesOf(text), [
      "roof 10.0.0.1 1,2",
      "null 10.0.0.1 3",
      "roof-3 10.0.0.9 126",
    ]);
    deepStrictEqual(names(), ["c.toml", "c.toml.20261125T160000Z.bak", "c.toml.link"]);
    strictEqual(await Deno.readTextFile(added.value.backup ?? ""), WRITTEN);
    strictEqual(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o640);
    strictEqual((await Deno.lstat(`${file}.link`)).isSymlink, true);

    const again = await addDevices(file, tables, {}, NOW);
    deepStrictEqual(again, {
      ok: true,
      value: { file, units: 0, present: 4, backup: null },
    });
    const third = await addDevices(file, [table("10.0.0.10", [1])], {}, NOW);
    ok(third.ok && third.value.backup?.endsWith("Z-2.bak"));
  });
});

Deno.test("addDevices() creates a missing file that is valid", async () => {
  await inFolder(null, async (file, names) => {
    const added = await addDevices(file, [table("fd00::1", [1])], {}, NOW);
    ok(added.ok && added.value.backup === null);
    deepStrictEqual(names(), ["c.toml"]);
    deepStrictEqual(devicesOf(await Deno.readTextFile(file)), ["null fd00::1 1"]);
  });
});

Deno.test("addDevices() accepts a configuration without devices", async () => {
  await inFolder('[gateway]\nid = "gw"\n', async (file) => {
    const added = await addDevices(file, [table("10.0.0.9", [1, 2])], {}, NOW);
    ok(added.ok, JSON.stringify(added));
    deepStrictEqual(devicesOf(await Deno.readTextFile(file)), ["null 10.0.0.9 1,2"]);
  });
});

Deno.test("addDevices() reports a folder, and a file in a missing folder", async () => {
  await inFolder(null, async (file) => {
    for (const path of [file.replace("/c.toml", ""), `${file}/none/c.toml`]) {
      const added = await addDevices(path, [table("10.0.0.9", [1])], {}, NOW);
      ok(!added.ok && added.fault.includes(path), JSON.stringify(added));
    }
  });
});

Deno.test("addDevices() keeps the line ends of the file", async () => {
  await inFolder(WRITTEN.trimEnd().replaceAll("\n", "\r\n"), async (file) => {
    ok((await addDevices(file, [table("10.0.0.9", [1])], {}, NOW)).ok);
    const text = await Deno.readTextFile(file);
    strictEqual(text.replaceAll("\r\n", "").includes("\n"), false);
    strictEqual(devicesOf(text).length, 2);
  });
});

Deno.test("addDevices() does not change a file that is invalid or would become invalid", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      'devices = [{ host = "10.0.0.1" }]\n',
      /with the new devices it would be invalid:[^]*c\.toml:\d+:/,
    ],
    ["[gateway]\nid = 7\n", /is invalid; correct it first:[^]*c\.toml:2: gateway\.id/],
    ["[gateway\n", /is invalid; correct it first/],
  ];
  for (const [text, message] of cases) {
    await inFolder(text, async (file, names) => {
      const added = await addDevices(file, [table("10.0.0.9", [1])], {}, NOW);
      ok(!added.ok);
      match(added.fault, message);
      strictEqual(await Deno.readTextFile(file), text);
      deepStrictEqual(names(), ["c.toml"]);
    });
  }
});

Deno.test("addDevices() accepts a password that only the service receives", async () => {
  const kafka = WRITTEN + `[uplink]
kind = "kafka"
brokers = ["kafka.example:9093"]
security_protocol = "SASL_SSL"
sasl_mechanism = "PLAIN"
sasl_username = "gw"
sasl_password_file = "credential:kafka-password"
`;
  await inFolder(kafka, async (file) => {
    const added = await addDevices(file, [table("10.0.0.9", [1])], {}, NOW);
    ok(added.ok, JSON.stringify(added));
    strictEqual(added.value.units, 1);
  });
});
