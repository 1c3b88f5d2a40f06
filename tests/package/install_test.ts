/**
 * The package's life in a Debian 12: installed, upgraded, refused, downgraded,
 * removed, purged. dpkg is real; systemd is there, but nothing is booted.
 *
 * @module
 */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { BINARY, ensureBinary } from "../../src/testing/agent/agent_program.ts";
import {
  type DebianRoot,
  makeDebianRoot,
  runProgram,
} from "../../src/testing/debian_root.ts";
import { pack } from "../../src/testing/packages.ts";

const NAME = "sunspec-collector";
const CONFIG = `/etc/${NAME}/config.toml`;
const ENVIRONMENT = `/etc/default/${NAME}`;
const STATE = `/var/lib/${NAME}`;

/** A program of a version before, which takes any configuration. */
const LENIENT = "#!/bin/sh\nexit 0\n";

Deno.test("the package, from its installation to its purge", async (t) => {
  await ensureBinary();
  await using root = await makeDebianRoot();
  const before = await filesOf(root);
  const lenient = `${root.path}/root/lenient`;
  await Deno.writeTextFile(lenient, LENIENT, { mode: 0o755 });
  const put = async (version: string, path: string): Promise<string> => {
    const deb = await pack(`${root.path}/root`, { machine: "x86_64", path, version });
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
    "installs with what the system has, enabled, with a user of its own",
    async () => {
      const { code, output } = await root.run(["dpkg", "-i", debs.old]);
      strictEqual(code, 0, output);
      strictEqual(await stateOf(root), "install ok installed 0.0.8");
      match(await Deno.readTextFile(`${root.path}/etc/passwd`), /^sunspec-collector:/m);
      const wants = `etc/systemd/system/multi-user.target.wants/${NAME}.service`;
      ok((await Deno.lstat(`${root.path}/${wants}`)).isSymlink);
      const whole = await root.run(["dpkg", "--verify", NAME]);
      deepStrictEqual([whole.code, whole.output], [0, ""]);
    },
  );

  await t.step("its configuration holds, and says what to do next", async () => {
    const { code, output } = await root.run([NAME, "check", "--config", CONFIG]);
    strictEqual(code, 0, output);
    match(output, /nothing is collected until there is one/);
    ok(!/found an unknown key/.test(output), output);
  });

  await t.step("the agent fills its buffer as the service would", async () => {
    await Deno.writeTextFile(config, PLANT);
    const { code, output } = await root.run(["sh", "-c", COLLECT]);
    strictEqual(code, 0, output);
    ok(await rowsIn(root) > 0, output);
  });

  const rows = await rowsIn(root);
  await t.step(
    "an upgrade while it runs disturbs nothing, and keeps configuration and buffer",
    async () => {
      const { code, output } = await root.run([
        "sh",
        "-c",
        `${START}; kill -0 $agent && dpkg -i ${debs.current} && kill -0 $agent; said=$?; ${STOP}; exit $said`,
      ]);
      strictEqual(code, 0, output);
      strictEqual(await stateOf(root), "install ok installed 0.1.0");
      strictEqual(await Deno.readTextFile(config), PLANT);
      ok(await rowsIn(root) > rows);
    },
  );

  await t.step(
    "a downgrade keeps them too, and the version before goes on with the buffer",
    async () => {
      const held = await rowsIn(root);
      const { code, output } = await root.run(["dpkg", "-i", debs.lenient]);
      strictEqual(code, 0, output);
      strictEqual((await root.run(["dpkg", "-i", debs.old])).code, 0);
      strictEqual(await stateOf(root), "install ok installed 0.0.8");
      const again = await root.run(["sh", "-c", COLLECT]);
      strictEqual(again.code, 0, again.output);
      ok(await rowsIn(root) > held);
    },
  );

  await t.step(
    "an upgrade that would not take the configuration is refused, and the old version stays whole",
    async () => {
      strictEqual((await root.run(["dpkg", "-i", debs.lenient])).code, 0);
      await Deno.writeTextFile(config, PLANT.replace("host", "hsot"));
      const { code, output } = await root.run(["dpkg", "-i", debs.current]);
      strictEqual(code, 1);
      match(output, /config\.toml:\d+: devices\[0\]\.hsot: found an unknown key/);
      match(output, /the old version is still installed, and was not stopped/);
      strictEqual(await stateOf(root), "install ok installed 0.0.9");
      strictEqual(await Deno.readTextFile(`${root.path}/usr/bin/${NAME}`), LENIENT);
      const bin = [...Deno.readDirSync(`${root.path}/usr/bin`)].map(({ name }) => name);
      deepStrictEqual(bin.filter((name) => name.startsWith(NAME)), [NAME]);
      strictEqual((await root.run(["dpkg", "--audit"])).output, "");
    },
  );

  await t.step("the environment file counts, as systemd reads it", async () => {
    await Deno.writeTextFile(config, PLANT);
    await Deno.writeTextFile(
      `${root.path}${ENVIRONMENT}`,
      `# a comment; $(touch /ran)\nSUNSPEC_COLLECTOR__LOG__LEVEL="loud and clear"\n`,
    );
    const refused = await root.run(["dpkg", "-i", debs.current]);
    strictEqual(refused.code, 1);
    match(refused.output, /SUNSPEC_COLLECTOR__LOG__LEVEL: .*found "loud and clear"/);
    await Deno.writeTextFile(
      `${root.path}${ENVIRONMENT}`,
      "SUNSPEC_COLLECTOR__LOG__LEVEL='debug'\n",
    );
    const { code, output } = await root.run(["dpkg", "-i", debs.current]);
    strictEqual(code, 0, output);
    strictEqual(await stateOf(root), "install ok installed 0.1.0");
  });

  await t.step(
    "where the old version did not take it either, an upgrade goes on and says so",
    async () => {
      await Deno.writeTextFile(config, "devices = 1\n");
      const { code, output } = await root.run(["dpkg", "-i", debs.old]);
      strictEqual(code, 0, output);
      match(output, /holds for neither the old nor the new version/);
    },
  );

  await t.step("removed, it leaves configuration and readings", async () => {
    const held = await rowsIn(root);
    const { code, output } = await root.run(["dpkg", "-r", NAME]);
    strictEqual(code, 0, output);
    strictEqual(await Deno.readTextFile(config), "devices = 1\n");
    strictEqual(await rowsIn(root), held);
  });

  await t.step("purged, it leaves nothing", async () => {
    const { code, output } = await root.run(["dpkg", "-P", NAME]);
    strictEqual(code, 0, output);
    for (const deb of Object.values(debs)) await Deno.remove(root.path + deb);
    const left = (await filesOf(root)).filter((path) => !before.includes(path));
    deepStrictEqual(left.filter((path) => !DPKG_OWN.test(path)), []);
    const users = await Deno.readTextFile(`${root.path}/etc/passwd`);
    ok(!users.includes(NAME), users);
  });
});

/** What dpkg and the tools of users keep for themselves. */
const DPKG_OWN =
  /^\/(var\/(lib\/dpkg|log|cache)\/|etc\/(passwd|group|shadow|gshadow)-$)/;

/** Nobody takes the readings: the broker does not exist. */
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

/** Starts a plant and, as the service's user, the agent; waits until it has polled for a while. */
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

/** Rows that wait in the buffer, by SQLite's own word. */
async function rowsIn(root: DebianRoot): Promise<number> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(`${root.path}${STATE}/queue.db`, {
    readOnly: true,
  });
  return Number(
    database.prepare("SELECT COUNT(*) AS count FROM telemetry_queue").get()?.["count"],
  );
}

/** Every file and folder of the root, but for what is only there while something runs. */
async function filesOf(root: DebianRoot): Promise<string[]> {
  const { output } = await runProgram("find", [
    ...[root.path, "-xdev", "-path", `${root.path}/proc`, "-prune", "-o"],
    ...["-path", `${root.path}/tmp`, "-prune", "-o", "-printf", "/%P\\n"],
  ]);
  return output.trim().split("\n");
}
