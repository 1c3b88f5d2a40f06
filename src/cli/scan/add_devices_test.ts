import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { parseConfig } from "../../config/check/parse.ts";
import { addDevices } from "./add_devices.ts";
import type { DeviceBlock } from "../shared/device_blocks.ts";

const NOW = new Date("2026-11-25T16:00:00Z");

function block(host: string, unitIds: readonly number[], id: string | null = null) {
  const comments = ["who it is\nhost = 'evil'"];
  return { comments, id, host, port: 502, unitIds } satisfies DeviceBlock;
}

const WRITTEN = `# our plant, do not touch
[gateway]
id = "gw"   # painted on the box

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

Deno.test("devices are added behind what a person wrote, which stays byte for byte, with a backup", async () => {
  await inFolder(WRITTEN, async (file, names) => {
    await Deno.symlink(file, `${file}.link`);
    const blocks = [block("10.0.0.1", [1, 2, 3]), block("10.0.0.9", [126], "roof")];
    const added = await addDevices(`${file}.link`, blocks, {}, NOW);
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

    const again = await addDevices(file, blocks, {}, NOW);
    deepStrictEqual(again, {
      ok: true,
      value: { file, units: 0, present: 4, backup: null },
    });
    const third = await addDevices(file, [block("10.0.0.10", [1])], {}, NOW);
    ok(third.ok && third.value.backup?.endsWith("Z-2.bak"));
  });
});

Deno.test("a file that does not exist is made, and passes check", async () => {
  await inFolder(null, async (file, names) => {
    const added = await addDevices(file, [block("fd00::1", [1])], {}, NOW);
    ok(added.ok && added.value.backup === null);
    deepStrictEqual(names(), ["c.toml"]);
    deepStrictEqual(devicesOf(await Deno.readTextFile(file)), ["null fd00::1 1"]);
  });
});

Deno.test("a configuration that has no device yet gets its first ones", async () => {
  await inFolder('[gateway]\nid = "gw"\n', async (file) => {
    const added = await addDevices(file, [block("10.0.0.9", [1, 2])], {}, NOW);
    ok(added.ok, JSON.stringify(added));
    deepStrictEqual(devicesOf(await Deno.readTextFile(file)), ["null 10.0.0.9 1,2"]);
  });
});

Deno.test("a folder, or a file in a folder that is not there, is refused in words", async () => {
  await inFolder(null, async (file) => {
    for (const path of [file.replace("/c.toml", ""), `${file}/none/c.toml`]) {
      const added = await addDevices(path, [block("10.0.0.9", [1])], {}, NOW);
      ok(!added.ok && added.fault.includes(path), JSON.stringify(added));
    }
  });
});

Deno.test("line ends are those of the file", async () => {
  await inFolder(WRITTEN.trimEnd().replaceAll("\n", "\r\n"), async (file) => {
    ok((await addDevices(file, [block("10.0.0.9", [1])], {}, NOW)).ok);
    const text = await Deno.readTextFile(file);
    strictEqual(text.replaceAll("\r\n", "").includes("\n"), false);
    strictEqual(devicesOf(text).length, 2);
  });
});

Deno.test("a file that would not pass check, or has faults already, is left as it is", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['devices = [{ host = "10.0.0.1" }]\n', /would not pass `check`[^]*c\.toml:\d+:/],
    ["[gateway]\nid = 7\n", /has faults of its own[^]*c\.toml:2: gateway\.id/],
    ["[gateway\n", /has faults of its own/],
  ];
  for (const [text, says] of cases) {
    await inFolder(text, async (file, names) => {
      const added = await addDevices(file, [block("10.0.0.9", [1])], {}, NOW);
      ok(!added.ok);
      match(added.fault, says);
      strictEqual(await Deno.readTextFile(file), text);
      deepStrictEqual(names(), ["c.toml"]);
    });
  }
});

Deno.test("what the service alone gets as a credential is no obstacle", async () => {
  const kafka = WRITTEN + `[uplink]
kind = "kafka"
brokers = ["kafka.example:9093"]
security_protocol = "SASL_SSL"
sasl_mechanism = "PLAIN"
sasl_username = "gw"
sasl_password_file = "credential:kafka-password"
`;
  await inFolder(kafka, async (file) => {
    const added = await addDevices(file, [block("10.0.0.9", [1])], {}, NOW);
    ok(added.ok, JSON.stringify(added));
    strictEqual(added.value.units, 1);
  });
});
