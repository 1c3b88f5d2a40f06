/**
 * The aarch64 executable in its own Debian root on an emulated processor: slow, but
 * the same instructions as on a gateway.
 */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { VERSION } from "../../src/base/version.ts";
import { GOLDEN_FOLDER, makeGoldenFiles } from "../../src/testing/agent_golden.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { makeDebianRoot } from "../../src/testing/package/debian_root.ts";
import { makePackage } from "../../src/testing/package/packages.ts";
import { printLine } from "../../src/testing/print_line.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

const PROGRAM = "/usr/bin/sunspec-collector";
/** An emulated processor takes seconds to start V8. */
const COMMAND_LIMIT_MS = 120_000;
const PIPELINE_MS = 30_000;

Deno.test("package: on arm64 it installs, and the program behaves as on amd64", async (t) => {
  await using root = await makeDebianRoot({ architecture: "arm64" });
  const run = (...args: string[]) => root.run([PROGRAM, ...args], COMMAND_LIMIT_MS);

  await t.step("the package installs", async () => {
    const path = await ensureBinary("aarch64");
    const program = { machine: "aarch64", path, version: VERSION } as const;
    const deb = await makePackage(`${root.path}/root`, program);
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
    const report = JSON.parse(output.slice(output.indexOf("{")));
    printLine(`demo on arm64: ${output.trim()}`);
    strictEqual(report.lost, 0);
    strictEqual(report.delivered, report.stored);
  });

  await t.step("its records equal the golden files of amd64", async () => {
    const made = await makeGoldenFiles({
      command: [`${root.path}${PROGRAM}`],
      // The emulator's C library.
      env: { QEMU_LD_PREFIX: root.path },
    }, PIPELINE_MS);
    const wanted = await Promise.all([...made.keys()].map(
      async (path) =>
        [
          path,
          await Deno.readTextFile(`${PROJECT_ROOT}${GOLDEN_FOLDER}/${path}`),
        ] as const,
    ));
    deepStrictEqual([...made], wanted);
  });
});
