/**
 * The executable on a minimal system: no network, no Deno, no home folder, a
 * read-only root; and on the oldest kernel that the README names.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  BINARY,
  ensureBinary,
  runCommand,
} from "../../src/testing/agent/agent_program.ts";
import { makeDebianRoot, runProgram } from "../../src/testing/package/debian_root.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

/** The last system call of Linux 3.2 on x86_64: process_vm_writev. */
const LAST_CALL = { kernel: "3.2", number: 311 };
const START_LIMIT_S = 1.5;

const DEMO = ["demo", "--duration", "3s", "--json", "--data-dir"];

Deno.test("executable: runs on a read-only system with no network and no home folder", async () => {
  await ensureBinary();
  await using root = await makeDebianRoot();
  await Deno.copyFile(BINARY, `${root.path}/usr/bin/sunspec-collector`);
  const script = `set -e; root=$1; shift
    mount --bind $root $root; mount -o remount,bind,ro $root
    mount -t tmpfs -o mode=1777 tmpfs $root/mnt; mount -t proc proc $root/proc
    ip link set lo up; ! touch $root/written 2>/dev/null
    exec chroot --userspec=65534:65534 $root /usr/bin/env -i "$@"`;
  const run = (...args: readonly string[]) =>
    runProgram("unshare", [
      ...["--mount", "--net", "--pid", "--fork", "--kill-child"],
      ...["sh", "-c", script, "sh", root.path, "/usr/bin/sunspec-collector", ...args],
    ]);
  for (const args of [["version", "--json"], ["schema"], ["check", "--help"]]) {
    const { code, output } = await run(...args);
    strictEqual(code, 0, output);
  }
  const { code, output } = await run(...DEMO, "/mnt/plant");
  strictEqual(code, 0, output);
  const { delivered, stored, lost } = JSON.parse(output);
  ok(delivered > 5, output);
  deepStrictEqual([lost, delivered], [0, stored]);
});

Deno.test("executable: uses no system call newer than the README's kernel", async () => {
  await ensureBinary();
  const readme = await Deno.readTextFile(`${PROJECT_ROOT}README.md`);
  ok(readme.includes(`Linux ${LAST_CALL.kernel}`), "README names another kernel");
  const folder = await Deno.makeTempDir();
  const old = (...command: readonly string[]) =>
    runProgram("python3", [
      ...[`${PROJECT_ROOT}tests/package/old_kernel.py`, String(LAST_CALL.number)],
      ...command,
    ]);
  try {
    // The filter works: getrandom was added in Linux 3.17.
    const probe = await old("/usr/bin/python3", "-c", "import os; os.getrandom(1)");
    ok(probe.code !== 0 && /not implemented/.test(probe.output), probe.output);
    const { code, output } = await old(BINARY, ...DEMO, `${folder}/plant`);
    strictEqual(code, 0, output);
    strictEqual(JSON.parse(output).lost, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("executable: starts in bounded time", async () => {
  await ensureBinary();
  const run = await runCommand(["version"], { build: "binary" });
  strictEqual(run.code, 0, run.stderr);
  ok(run.seconds < START_LIMIT_S, `${run.seconds} s`);
});
