/**
 * Builds a `.deb` from an executable: a staged tree, packed by dpkg-deb.
 *
 * @module
 */

import type { Binary } from "./binary.ts";
import { debianChangelog, MAINTAINER } from "./changelog.ts";
import { ROOT, runTool } from "./run_tool.ts";
import type { Source } from "./source.ts";

const NAME = "sunspec-collector";
const PACKAGING = `${ROOT}packaging`;
const DOC = `usr/share/doc/${NAME}`;

/** Debian architecture by machine. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
]);

/** Minimum version of glibc; a test compares it with the symbols of the executable. */
export const GLIBC_MIN = "2.27";
/** Minimum version of the symbols of libgcc_s. */
export const LIBGCC_MIN = "4.2";

/** Files of the package, from / to; a target ending in `.gz` is compressed. */
const FILES: readonly (readonly [from: string, to: string])[] = [
  [`systemd/${NAME}.service`, `lib/systemd/system/${NAME}.service`],
  ["systemd/sysusers.conf", `usr/lib/sysusers.d/${NAME}.conf`],
  ["packaging/config.toml", `etc/${NAME}/config.toml`],
  ["systemd/environment", `etc/default/${NAME}`],
  [`packaging/${NAME}.1`, `usr/share/man/man1/${NAME}.1.gz`],
  [`packaging/${NAME}.bash`, `usr/share/bash-completion/completions/${NAME}`],
  ["packaging/debian/copyright", `${DOC}/copyright`],
  ["packaging/lintian-overrides", `usr/share/lintian/overrides/${NAME}`],
  ["systemd/addresses.conf", `${DOC}/examples/addresses.conf`],
  ["systemd/credentials.conf", `${DOC}/examples/credentials.conf`],
  ["packaging/config.toml", `${DOC}/examples/config.toml`],
  ["docs/configuration.md", `${DOC}/configuration.md.gz`],
  ["docs/contracts.md", `${DOC}/contracts.md.gz`],
  ["docs/events.md", `${DOC}/events.md.gz`],
  ["docs/operations.md", `${DOC}/operations.md.gz`],
  ["docs/metrics.md", `${DOC}/metrics.md.gz`],
];

/** Configuration files: dpkg asks before it replaces a changed one. */
const CONFFILES = [`/etc/${NAME}/config.toml`, `/etc/default/${NAME}`];
const SCRIPTS = ["postinst", "prerm", "postrm"];

/** Compression options of dpkg-deb. */
export type Compression = readonly string[];
/** Level 2 gives 27.6 MB; level 6 gives 24.5 MB in three times the CPU time. */
const XZ: Compression = ["-Zxz", "-z2", "--uniform-compression"];

/**
 * Builds `sunspec-collector_VERSION_ARCHITECTURE.deb` in `folder` and returns its path.
 * The build is reproducible.
 *
 * @throws {Error} If dpkg-deb fails.
 */
export async function makeDeb(
  folder: string,
  binary: Binary,
  source: Source,
  compression = XZ,
): Promise<string> {
  const architecture = ARCHITECTURES.get(binary.machine) ?? binary.machine;
  const stage = await Deno.makeTempDir({ prefix: "sunspec-deb-" });
  try {
    await Deno.chmod(stage, 0o755);
    await put(stage, `usr/bin/${NAME}`, await Deno.readFile(binary.path), 0o755);
    for (const [from, to] of FILES) {
      await put(stage, to, await Deno.readFile(ROOT + from));
    }
    const changes = await Deno.readTextFile(`${ROOT}CHANGELOG.md`);
    const changelog = debianChangelog(changes, source);
    await put(stage, `${DOC}/changelog.gz`, new TextEncoder().encode(changelog));
    await putControl(stage, architecture, source);
    const path = `${folder}/${NAME}_${source.version}_${architecture}.deb`;
    await runTool("dpkg-deb", [
      ...["--root-owner-group", ...compression, "--build", stage, path],
    ], { env: { SOURCE_DATE_EPOCH: String(source.epochS) } });
    return path;
  } finally {
    await Deno.remove(stage, { recursive: true });
  }
}

async function putControl(
  stage: string,
  architecture: string,
  { version }: Source,
): Promise<void> {
  const sums: string[] = [];
  let bytes = 0;
  for (const path of await filesOf(stage)) {
    const content = await Deno.readFile(`${stage}/${path}`);
    bytes += content.length;
    if (!path.startsWith("etc/")) {
      sums.push(`${await md5(`${stage}/${path}`)}  ${path}`);
    }
  }
  const control = [
    `Package: ${NAME}`,
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    `Maintainer: ${MAINTAINER}`,
    `Installed-Size: ${Math.ceil(bytes / 1024)}`,
    `Pre-Depends: init-system-helpers (>= 1.54~)`,
    `Depends: libc6 (>= ${GLIBC_MIN}), libgcc-s1 (>= ${LIBGCC_MIN}), systemd`,
    "Section: net",
    "Priority: optional",
    "Description: collects readings of SunSpec devices over Modbus TCP",
    " An agent for the gateway of a solar plant. It polls inverters and meters,",
    " turns registers into typed readings, buffers them in SQLite through any",
    " outage, and forwards them to Kafka, or into files, as Avro.",
    " .",
    " It only reads: nothing is written to a device.",
  ];
  const files: Record<string, string> = {
    control: control.join("\n"),
    conffiles: CONFFILES.join("\n"),
    md5sums: sums.join("\n"),
  };
  for (const [name, text] of Object.entries(files)) {
    await put(stage, `DEBIAN/${name}`, new TextEncoder().encode(`${text}\n`));
  }
  for (const name of SCRIPTS) {
    const script = await Deno.readFile(`${PACKAGING}/debian/${name}`);
    await put(stage, `DEBIAN/${name}`, script, 0o755);
  }
}

/** Writes a file and its folders; compresses it if the path ends in `.gz`. */
async function put(
  stage: string,
  path: string,
  content: Uint8Array<ArrayBuffer>,
  mode = 0o644,
): Promise<void> {
  const target = `${stage}/${path}`;
  await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
  const plain = path.endsWith(".gz") ? target.slice(0, -3) : target;
  await Deno.writeFile(plain, content);
  await Deno.chmod(plain, mode);
  if (plain !== target) await runTool("gzip", ["-9n", plain]);
}

async function filesOf(folder: string, within = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${folder}/${within}`)) {
    if (isDirectory) found.push(...await filesOf(folder, `${within}${name}/`));
    else found.push(within + name);
  }
  return found.sort();
}

async function md5(path: string): Promise<string> {
  return (await runTool("md5sum", [path])).slice(0, 32);
}
