/**
 * The aarch64 executable in a Debian of its own, by an emulated processor:
 * slow, but the same instructions as on a gateway.
 */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { VERSION } from "../../src/cli/version/version.ts";
import { GOLDEN, makeGolden } from "../../src/testing/agent_golden.ts";
import { ensureBinary, ROOT } from "../../src/testing/agent/agent_program.ts";
import { makeDebianRoot } from "../../src/testing/debian_root.ts";
import { say } from "../../src/testing/agent/fleet.ts";
import { pack } from "../../src/testing/packages.ts";

const PROGRAM = "/usr/bin/sunspec-collector";
/** Starting V8 takes an emulated processor seconds. */
const COMMAND_LIMIT_MS = 120_000;
const PIPELINE_MS = 30_000;

Deno.test("on arm64 the package installs, and the program does what it does on amd64", async (t) => {
  await using root = await makeDebianRoot({ architecture: "arm64" });
  const run = (...args: string[]) => root.run([PROGRAM, ...args], COMMAND_LIMIT_MS);

  await t.step("the package installs", async () => {
    const path = await ensureBinary("aarch64");
    const program = { machine: "aarch64", path, version: VERSION } as const;
    const deb = await pack(`${root.path}/root`, program);
    const { code, output } = await root.run(
      ["dpkg", "--install", deb.slice(root.path.length)],
      COMMAND_LIMIT_MS,
    );
    strictEqual(code, 0, output);
  });

  await t.step("version and check", async () => {
    const version = await run("version");
    strictEqual(version.code, 0, version.output);
    match(version.output, new RegExp(`${VERSION.replaceAll(".", "\\.")}.*aarch64`));
    const check = await run("check", "--config", "/etc/sunspec-collector/config.toml");
    strictEqual(check.code, 0, check.output);
  });

  await t.step("demo loses nothing", async () => {
    const args = ["demo", "--duration", "10s", "--json", "--data-dir", "/tmp/demo"];
    const { code, output } = await run(...args);
    strictEqual(code, 0, output);
    const said = JSON.parse(output.slice(output.indexOf("{")));
    say(`demo on arm64: ${output.trim()}`);
    strictEqual(said.lost, 0);
    strictEqual(said.delivered, said.stored);
  });

  await t.step("its records are the golden ones of amd64", async () => {
    const made = await makeGolden({
      command: [`${root.path}${PROGRAM}`],
      // The emulator finds the C library there; everything else is as on any machine.
      env: { QEMU_LD_PREFIX: root.path },
    }, PIPELINE_MS);
    const wanted = await Promise.all([...made.keys()].map(
      async (path) =>
        [path, await Deno.readTextFile(`${ROOT}${GOLDEN}/${path}`)] as const,
    ));
    deepStrictEqual([...made], wanted);
  });
});
