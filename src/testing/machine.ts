/**
 * A Debian root booted by its own systemd, in a container: services, journal
 * and network are those of a gateway. Wants root and systemd-nspawn.
 *
 * @module
 */

import { type DebianRoot, type Ended, runProgram } from "./debian_root.ts";

/** A booted machine; it is powered off when it is disposed of. */
export interface Machine extends AsyncDisposable {
  /** Its files, as seen from outside. */
  readonly path: string;
  /** Goes before a command that is to run outside, but in the machine's network. */
  readonly network: readonly [string, ...string[]];
  /** Runs a program in it, as root. */
  run(args: readonly [string, ...string[]], limitMs?: number): Promise<Ended>;
  /** The same, for its output; any exit code but 0 throws. */
  ask(args: readonly [string, ...string[]], limitMs?: number): Promise<string>;
}

const BOOT_LIMIT_MS = 60_000;
const POWER_OFF_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 200;
/** What systemd says once it has started all it should. */
const BOOTED = /^(running|degraded)$/m;

/** Boots a root that has systemd in it. */
export async function bootMachine(root: DebianRoot): Promise<Machine> {
  const container = new Deno.Command("systemd-nspawn", {
    args: [
      ...["--quiet", `--directory=${root.path}`, "--boot", "--private-network"],
      // No systemd of the host is asked for anything: there may be none.
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
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
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
    async ask(args, limitMs) {
      const { code, output } = await run(args, limitMs);
      if (code === 0) return output;
      throw new Error(`${args.join(" ")} ended with ${code}: ${output.slice(-2_000)}`);
    },
    [Symbol.asyncDispose]: end,
  };
}

/** The container's own first process. */
async function firstChild(pid: number): Promise<string | undefined> {
  const { output } = await runProgram("ps", ["-o", "pid=", "--ppid", String(pid)]);
  return /\d+/.exec(output)?.[0];
}
