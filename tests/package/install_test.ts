/**
 * The package on Debian 12, step by step: install, upgrade, refused upgrade, downgrade,
 * remove, purge. dpkg is real; systemd is installed but not booted.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { BINARY, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type DebianRoot,
  makeDebianRoot,
  runProgram,
} from "../../src/testing/package/debian_root.ts";
import { makePackage } from "../../src/testing/package/packages.ts";

const NAME = "sunspec-collector";
const CONFIG = `/etc/${NAME}/config.toml`;
const ENVIRONMENT = `/etc/default/${NAME}`;
const STATE = `/var/lib/${NAME}`;

/** A program of an earlier version that accepts any configuration. */
const LENIENT = "#!/bin/sh\nexit 0\n";

Deno.test("package: from installation to purge", async (t) => {
  await ensureBinary();
  await using root = await makeDebianRoot();
  const before = await filesOf(root);
  const lenient = `${root.path}/root/lenient`;
  await Deno.writeTextFile(lenient, LENIENT, { mode: 0o755 });
  const put = async (version: string, path: string): Promise<string> => {
    const deb = await makePackage(`${root.path}/root`, {
      machine: "x86_64",
      path,
      version,
    });
    return deb.slice(root.path.length);
  };
  const debs = {
    old: await put("0.0.8", BINARY),
    lenient: await put("0.0.9", lenient),
    current: await put("0.1.0", BINARY),
  };
  await Deno.remove(lenient);
  const config = `${root.path}${CONFIG}`;

  await t.step(
    "installs without further packages, enabled, with its own user",
    async () => {
      const { code, output } = await root.run(["dpkg", "-i", debs.old]);
      strictEqual(code, 0, output);
      strictEqual(await stateOf(root), "install ok installed 0.0.8");
      match(await Deno.readTextFile(`${root.path}/etc/passwd`), /^sunspec-collector:/m);
      const link = `etc/systemd/system/multi-user.target.wants/${NAME}.service`;
      ok((await Deno.lstat(`${root.path}/${link}`)).isSymlink);
      const whole = await root.run(["dpkg", "--verify", NAME]);
      deepStrictEqual([whole.code, whole.output], [0, ""]);
    },
  );

  await t.step("its configuration is valid and names the next step", async () => {
    const { code, output } = await root.run([NAME, "check", "--config", CONFIG]);
    strictEqual(code, 0, output);
    match(output, /No data is collected until there is one/);
    ok(!/unknown key/.test(output), output);
  });

  await t.step("the agent fills its buffer as the service does", async () => {
    await Deno.writeTextFile(config, PLANT);
    const { code, output } = await root.run(["sh", "-c", COLLECT]);
    strictEqual(code, 0, output);
    ok(await rowsIn(root) > 0, output);
  });

  const rows = await rowsIn(root);
  await t.step(
    "an upgrade while the agent runs does not disturb it, and keeps configuration and buffer",
    async () => {
      const { code, output } = await root.run([
        "sh",
        "-c",
        `${START}; kill -0 $agent && dpkg -i ${debs.current} && kill -0 $agent; code=$?; ${STOP}; exit $code`,
      ]);
      strictEqual(code, 0, output);
      strictEqual(await stateOf(root), "install ok installed 0.1.0");
      strictEqual(await Deno.readTextFile(config), PLANT);
      ok(await rowsIn(root) > rows);
    },
  );

  await t.step(
    "a downgrade keeps them too, and the earlier version uses the buffer",
    async () => {
      const rowsBefore = await rowsIn(root);
      const { code, output } = await root.run(["dpkg", "-i", debs.lenient]);
      strictEqual(code, 0, output);
      strictEqual((await root.run(["dpkg", "-i", debs.old])).code, 0);
      strictEqual(await stateOf(root), "install ok installed 0.0.8");
      const again = await root.run(["sh", "-c", COLLECT]);
      strictEqual(again.code, 0, again.output);
      ok(await rowsIn(root) > rowsBefore);
    },
  );

  await t.step(
    "an upgrade that rejects the configuration is refused, and the old version stays intact",
    async () => {
      strictEqual((await root.run(["dpkg", "-i", debs.lenient])).code, 0);
      await Deno.writeTextFile(config, PLANT.replace("host", "hsot"));
      const { code, output } = await root.run(["dpkg", "-i", debs.current]);
      strictEqual(code, 1);
      match(output, /config\.toml:\d+: devices\[0\]\.hsot: unknown key/);
      match(output, /the old version is still installed and was not stopped/);
      strictEqual(await stateOf(root), "install ok installed 0.0.9");
      strictEqual(await Deno.readTextFile(`${root.path}/usr/bin/${NAME}`), LENIENT);
      const bin = [...Deno.readDirSync(`${root.path}/usr/bin`)].map(({ name }) => name);
      deepStrictEqual(bin.filter((name) => name.startsWith(NAME)), [NAME]);
      strictEqual((await root.run(["dpkg", "--audit"])).output, "");
    },
  );

  await t.step("the environment file is applied as systemd parses it", async () => {
    await Deno.writeTextFile(config, PLANT);
    await Deno.writeTextFile(
      `${root.path}${ENVIRONMENT}`,
      `# a comment; $(touch /ran)\nSUNSPEC_COLLECTOR__LOG__LEVEL="loud and clear"\n`,
    );
    const rejected = await root.run(["dpkg", "-i", debs.current]);
    strictEqual(rejected.code, 1);
    match(rejected.output, /SUNSPEC_COLLECTOR__LOG__LEVEL: .*found "loud and clear"/);
    await Deno.writeTextFile(
      `${root.path}${ENVIRONMENT}`,
      "SUNSPEC_COLLECTOR__LOG__LEVEL='debug'\n",
    );
    const { code, output } = await root.run(["dpkg", "-i", debs.current]);
    strictEqual(code, 0, output);
    strictEqual(await stateOf(root), "install ok installed 0.1.0");
  });

  await t.step(
    "where the old version rejected it too, the upgrade proceeds with a warning",
    async () => {
      await Deno.writeTextFile(config, "devices = 1\n");
      const { code, output } = await root.run(["dpkg", "-i", debs.old]);
      strictEqual(code, 0, output);
      match(output, /valid for neither the old nor the new version/);
    },
  );

  await t.step("remove keeps configuration and records", async () => {
    const rowsBefore = await rowsIn(root);
    const { code, output } = await root.run(["dpkg", "-r", NAME]);
    strictEqual(code, 0, output);
    strictEqual(await Deno.readTextFile(config), "devices = 1\n");
    strictEqual(await rowsIn(root), rowsBefore);
  });

  await t.step("purge leaves nothing", async () => {
    const { code, output } = await root.run(["dpkg", "-P", NAME]);
    strictEqual(code, 0, output);
    for (const deb of Object.values(debs)) await Deno.remove(root.path + deb);
    const left = (await filesOf(root)).filter((path) => !before.includes(path));
    deepStrictEqual(left.filter((path) => !DPKG_OWN.test(path)), []);
    const users = await Deno.readTextFile(`${root.path}/etc/passwd`);
    ok(!users.includes(NAME), users);
  });
});

/** Files that dpkg and the user database tools keep. */
const DPKG_OWN =
  /^\/(var\/(lib\/dpkg|log|cache)\/|etc\/(passwd|group|shadow|gshadow)-$)/;

/** The broker does not exist, so records stay in the buffer. */
const PLANT = `[gateway]
id = "package-test"
[buffer]
path = "${STATE}/queue.db"
flush_interval_ms = 100
[uplink]
kind = "kafka"
brokers = ["127.0.0.1:1"]
[[devices]]
id = "inv"
host = "127.0.0.1"
port = 1502
interval_ms = 200
`;

/** Starts a plant and, as the service's user, the agent, and lets it poll for a while. */
const START = `
ip link set lo up
mkdir -p ${STATE} && chown ${NAME}: ${STATE}
${NAME} simulate demo --port 1502 >/tmp/plant.log 2>&1 & plant=$!
setpriv --reuid=${NAME} --regid=${NAME} --clear-groups \
  /usr/bin/${NAME} run --config ${CONFIG} >/tmp/agent.log 2>&1 & agent=$!
sleep 4`;
const STOP = `
kill -TERM $agent; wait $agent || { cat /tmp/agent.log; exit 1; }
kill -TERM $plant; wait $plant || true`;
const COLLECT = `${START}\n${STOP}`;

async function stateOf(root: DebianRoot): Promise<string> {
  const format = "${Status} ${Version}";
  return (await root.run(["dpkg-query", "-W", "-f", format, NAME])).output;
}

/** Number of rows in the buffer, by SQLite. */
async function rowsIn(root: DebianRoot): Promise<number> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(`${root.path}${STATE}/queue.db`, {
    readOnly: true,
  });
  return Number(
    database.prepare("SELECT COUNT(*) AS count FROM telemetry_queue").get()?.["count"],
  );
}

/** Every file and folder of the root, except run-time files. */
async function filesOf(root: DebianRoot): Promise<string[]> {
  const { output } = await runProgram("find", [
    ...[root.path, "-xdev", "-path", `${root.path}/proc`, "-prune", "-o"],
    ...["-path", `${root.path}/tmp`, "-prune", "-o", "-printf", "/%P\\n"],
  ]);
  return output.trim().split("\n");
}
