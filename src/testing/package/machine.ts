/**
 * A Debian root booted with its own systemd in a container, with the services, journal
 * and network of a gateway. Requires root and systemd-nspawn.
 *
 * @module
 */

import { type DebianRoot, type ProgramResult, runProgram } from "./debian_root.ts";

/** A booted machine; disposal powers it off. */
export interface Machine extends AsyncDisposable {
  /** Path of its file system on the host. */
  readonly path: string;
  /** Command prefix that runs a host program in the machine's network namespace. */
  readonly network: readonly [string, ...string[]];
  /** Runs a program in the machine, as root. */
  run(args: readonly [string, ...string[]], limitMs?: number): Promise<ProgramResult>;
  /** Runs a program in the machine, as root, and returns its output; throws on an exit code other than 0. */
  runChecked(args: readonly [string, ...string[]], limitMs?: number): Promise<string>;
}

const BOOT_LIMIT_MS = 180_000;
const POWER_OFF_LIMIT_MS = 20_000;
const POLL_MS = 200;
/** States of a completed boot, as systemd reports them. */
const BOOTED = /^(running|degraded)$/m;

/** Boots a root that contains systemd. */
export async function bootMachine(root: DebianRoot): Promise<Machine> {
  const container = new Deno.Command("systemd-nspawn", {
    args: [
      ...["--quiet", `--directory=${root.path}`, "--boot", "--private-network"],
      // Does not use the host's systemd, which may not run.
      ...["--register=no", "--keep-unit", "--console=read-only"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let over = false;
  const ended = container.status.then(() => void (over = true));

  async function end(): Promise<void> {
    if (over) return;
    await machine?.run(["systemctl", "poweroff"]).catch(() => {});
    const late = setTimeout(() => container.kill("SIGKILL"), POWER_OFF_LIMIT_MS);
    await ended;
    clearTimeout(late);
  }

  let machine: Machine | undefined;
  const deadline = performance.now() + BOOT_LIMIT_MS;
  for (;;) {
    const leader = await firstChild(container.pid);
    if (leader !== undefined) {
      machine ??= enter(leader, root.path, end);
      const { output } = await machine.run(["systemctl", "is-system-running"]);
      if (BOOTED.test(output)) return machine;
    }
    if (over || performance.now() > deadline) {
      await end();
      throw new Error(`the machine in ${root.path} did not boot`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function enter(leader: string, path: string, end: () => Promise<void>): Machine {
  const run: Machine["run"] = (args, limitMs) =>
    runProgram("nsenter", [
      ...["--target", leader, "--all", "--", "/usr/bin/env", "-i"],
      ...["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
      ...["DEBIAN_FRONTEND=noninteractive", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"],
      ...args,
    ], limitMs);
  return {
    path,
    network: ["nsenter", "--target", leader, "--net", "--"],
    run,
    async runChecked(args, limitMs) {
      const { code, output } = await run(args, limitMs);
      if (code === 0) return output;
      throw new Error(`${args.join(" ")} ended with ${code}: ${output.slice(-2_000)}`);
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Process id of the container's init. */
async function firstChild(pid: number): Promise<string | undefined> {
  const { output } = await runProgram("ps", ["-o", "pid=", "--ppid", String(pid)]);
  return /\d+/.exec(output)?.[0];
}
