/**
 * A Debian 12 of its own in a folder, to install, boot and break packages in.
 * Made once by mmdebstrap, kept under `.tools/debian/`, and unpacked anew for
 * each test. Wants root.
 *
 * @module
 */

import { ROOT } from "./agent/agent_program.ts";

/** What the root is made of. */
export interface DebianRootOptions {
  /** Default: `amd64`. Others are run by qemu-user-static. */
  readonly architecture?: "amd64" | "arm64";
}

/** How a program ended, and what it wrote to both of its outputs. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A root; its folder goes away when it is disposed of. */
export interface DebianRoot extends AsyncDisposable {
  readonly path: string;
  /** Runs a program in it as root: no network, its own /proc, a bare environment. */
  run(args: readonly [string, ...string[]], limitMs?: number): Promise<Ended>;
}

const SUITE = "bookworm";
const STORE = `${ROOT}.tools/debian`;
/** Where the machine says its mirror; a mirror near by is fast. Otherwise Debian's own is used. */
const SOURCES = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
const MAKE_LIMIT_MS = 580_000;
const RUN_LIMIT_MS = 60_000;
/** Where the kernel keeps which program runs foreign executables. */
const BINFMT = "/proc/sys/fs/binfmt_misc";

/** What a gateway has beside what every Debian has; one root does for all tests. */
const PACKAGES = ["dbus", "iproute2", "systemd", "systemd-sysv"];

/** Makes a root, or unpacks one that was made before. */
export async function makeDebianRoot(
  { architecture = "amd64" }: DebianRootOptions = {},
): Promise<DebianRoot> {
  if (architecture === "arm64") await teachKernelArm64();
  const archive = await makeArchive(architecture);
  const path = await Deno.makeTempDir({ prefix: `sunspec-debian-${architecture}-` });
  await must("tar", ["-xpf", archive, "--numeric-owner", "-C", path]);
  await Deno.chmod(path, 0o755);
  return {
    path,
    run: (args, limitMs = RUN_LIMIT_MS) =>
      runProgram("unshare", [
        ...["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child"],
        ...[`--root=${path}`, "--mount-proc", "--", "/usr/bin/env", "-i"],
        ...["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
        ...["DEBIAN_FRONTEND=noninteractive", ...args],
      ], limitMs),
    async [Symbol.asyncDispose]() {
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** Runs a program to its end; never throws because of its exit code. */
export async function runProgram(
  program: string,
  args: readonly string[],
  limitMs = RUN_LIMIT_MS,
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(limitMs),
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

async function makeArchive(architecture: string): Promise<string> {
  const name = [SUITE, architecture, ...PACKAGES].join("_");
  const archive = `${STORE}/${name}.tar`;
  if (await exists(archive)) return archive;
  await Deno.mkdir(STORE, { recursive: true });
  const partial = `${STORE}/${name}.${Deno.pid}.tar`;
  try {
    await must("mmdebstrap", [
      ...["--variant=minbase", `--architectures=${architecture}`, "--mode=root"],
      `--include=${PACKAGES.join(",")}`,
      ...[SUITE, partial, ...await mirror()],
    ], MAKE_LIMIT_MS);
    await Deno.rename(partial, archive);
  } finally {
    await Deno.remove(partial).catch(() => {});
  }
  return archive;
}

/** The machine's own list of mirrors, if it is one of this Debian. */
async function mirror(): Promise<string[]> {
  for (const path of SOURCES) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (new RegExp(`^(deb .*|Suites:.*)\\b${SUITE}\\b`, "m").test(text)) return [path];
  }
  return [];
}

/** Lets the kernel run arm64 programs, in any root, by qemu-user-static. */
async function teachKernelArm64(): Promise<void> {
  if (await exists(`${BINFMT}/qemu-aarch64`)) return;
  if (!await exists(`${BINFMT}/register`)) {
    await must("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT]);
    if (await exists(`${BINFMT}/qemu-aarch64`)) return;
  }
  const rule = await Deno.readTextFile("/usr/lib/binfmt.d/qemu-aarch64.conf");
  await Deno.writeTextFile(`${BINFMT}/register`, rule.trim());
}

async function must(
  program: string,
  args: readonly string[],
  limitMs?: number,
): Promise<void> {
  const { code, output } = await runProgram(program, args, limitMs);
  if (code === 0) return;
  throw new Error(`${program} ended with ${code}: ${output.slice(-2_000)}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
