/**
 * A Debian 12 root in a temporary folder, for tests that install and boot packages. It is
 * made once by mmdebstrap, cached under `.tools/debian/`, and unpacked for each test.
 * Requires root.
 *
 * @module
 */

import { PROJECT_ROOT } from "../project_root.ts";

/** Options of a Debian root. */
export interface DebianRootOptions {
  /** Default `amd64`; others are emulated by qemu-user-static. */
  readonly architecture?: "amd64" | "arm64";
}

/** Exit code of a program, and its stdout and stderr in one text. */
export interface ProgramResult {
  readonly code: number;
  readonly output: string;
}

/** A Debian root; disposal removes its folder. */
export interface DebianRoot extends AsyncDisposable {
  readonly path: string;
  /** Runs a program in it as root: no network, its own /proc, an empty environment. */
  run(args: readonly [string, ...string[]], limitMs?: number): Promise<ProgramResult>;
}

const SUITE = "bookworm";
const STORE = `${PROJECT_ROOT}.tools/debian`;
/** The host's list of mirrors; without an entry for this Debian, Debian's own mirror is used. */
const SOURCES = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
const MAKE_LIMIT_MS = 580_000;
const RUN_LIMIT_MS = 60_000;
/** The kernel's table of interpreters for foreign executables. */
const BINFMT = "/proc/sys/fs/binfmt_misc";

/** Packages of a gateway beyond the minimal Debian; all tests use one root. */
const PACKAGES = ["dbus", "iproute2", "systemd", "systemd-sysv"];

/** Makes a root, or unpacks the cached one. */
export async function makeDebianRoot(
  { architecture = "amd64" }: DebianRootOptions = {},
): Promise<DebianRoot> {
  if (architecture === "arm64") await registerArm64Emulation();
  const archive = await makeArchive(architecture);
  const path = await Deno.makeTempDir({ prefix: `sunspec-debian-${architecture}-` });
  await runChecked("tar", ["-xpf", archive, "--numeric-owner", "-C", path]);
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

/** Runs a program; an exit code other than 0 does not throw. */
export async function runProgram(
  program: string,
  args: readonly string[],
  limitMs = RUN_LIMIT_MS,
): Promise<ProgramResult> {
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
    await runChecked("mmdebstrap", [
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

/** The host's list of mirrors, if it names this Debian release. */
async function mirror(): Promise<string[]> {
  for (const path of SOURCES) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (new RegExp(`^(deb .*|Suites:.*)\\b${SUITE}\\b`, "m").test(text)) return [path];
  }
  return [];
}

/** Registers qemu-user-static, so that the kernel runs arm64 programs in any root. */
async function registerArm64Emulation(): Promise<void> {
  if (await exists(`${BINFMT}/qemu-aarch64`)) return;
  if (!await exists(`${BINFMT}/register`)) {
    await runChecked("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT]);
    if (await exists(`${BINFMT}/qemu-aarch64`)) return;
  }
  const rule = await Deno.readTextFile("/usr/lib/binfmt.d/qemu-aarch64.conf");
  await Deno.writeTextFile(`${BINFMT}/register`, rule.trim());
}

async function runChecked(
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
