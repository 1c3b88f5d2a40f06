/**
 * The Rust crate with the SMDX files that our XML reader is compared with: downloaded
 * once with cargo, verified by its sha256, read without unpacking.
 *
 * @module
 */

import { sha256 } from "./wheel.ts";

/** Source of the SMDX files. */
export const CRATE = {
  name: "sunspec",
  version: "0.9.1",
  file: "sunspec-0.9.1.crate",
  sha256: "76af4b6503ee8aee422bd0629bea94eb1fca68ab5a3e9166a03c94b8c63cb5d9",
  licence: "Apache-2.0",
} as const;

const FOLDER = ".tools/crates";
const CARGO_TIMEOUT_MS = 120_000;
const BLOCK_SIZE = 512;
const decoder = new TextDecoder();

/**
 * Reads the crate from `.tools/crates`, or downloads it with cargo.
 *
 * @returns the bytes, or the reason of the failure.
 */
export async function fetchCrate(): Promise<Uint8Array<ArrayBuffer> | string> {
  const path = `${FOLDER}/${CRATE.file}`;
  const cached = await Deno.readFile(path).catch(() => undefined);
  if (cached !== undefined && await sha256(cached) === CRATE.sha256) return cached;
  const bytes = await fetchByCargo();
  if (typeof bytes === "string") return bytes;
  const sum = await sha256(bytes);
  if (sum !== CRATE.sha256) {
    return `${CRATE.file} has sha256 ${sum}, expected ${CRATE.sha256}`;
  }
  await Deno.mkdir(FOLDER, { recursive: true });
  const part = await Deno.makeTempFile({ dir: FOLDER });
  await Deno.writeFile(part, bytes);
  await Deno.rename(part, path);
  return bytes;
}

/** Downloads the crate with cargo, as the only dependency of a temporary project. */
async function fetchByCargo(): Promise<Uint8Array<ArrayBuffer> | string> {
  const project = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${project}/src`);
    await Deno.writeTextFile(`${project}/src/lib.rs`, "");
    await Deno.writeTextFile(
      `${project}/Cargo.toml`,
      `[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n\n` +
        `[dependencies.${CRATE.name}]\nversion = "=${CRATE.version}"\n` +
        `default-features = false\n\n[workspace]\n`,
    );
    const failure = await runCargo([
      "fetch",
      "--manifest-path",
      `${project}/Cargo.toml`,
    ]);
    return await findInCache() ?? failure;
  } finally {
    await Deno.remove(project, { recursive: true });
  }
}

/** First minor version of cargo 1 that uses the sparse index by default. */
const SPARSE_SINCE = 68;

/** Runs cargo; returns its error, which matters only if the crate is missing. */
async function runCargo(args: string[]): Promise<string> {
  try {
    const version = await cargo(["--version"], {});
    const minor = Number(/^cargo 1\.(\d+)/.exec(version.stdout)?.[1] ?? SPARSE_SINCE);
    // An older cargo (Debian 12 has 1.65) would clone the whole index.
    const { stderr } = minor < SPARSE_SINCE
      ? await cargo(["-Z", "sparse-registry", ...args], { RUSTC_BOOTSTRAP: "1" })
      : await cargo(args, {});
    return `cargo could not download ${CRATE.file}: ${stderr.slice(-300)}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "cargo is not installed; it is required to download the SMDX files";
  }
}

async function cargo(
  args: string[],
  env: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await new Deno.Command("cargo", {
    args,
    env: { CARGO_NET_RETRY: "1", CARGO_HTTP_TIMEOUT: "15", ...env },
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(CARGO_TIMEOUT_MS),
  }).output();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Searches the cache of cargo, which has one folder per registry. */
async function findInCache(): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const home = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME") ?? ""}/.cargo`;
  const cache = `${home}/registry/cache`;
  try {
    for await (const registry of Deno.readDir(cache)) {
      const path = `${cache}/${registry.name}/${CRATE.file}`;
      const bytes = await Deno.readFile(path).catch(() => undefined);
      if (bytes !== undefined) return bytes;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}

/**
 * Reads the files of a crate (a gzipped tar) whose path matches, as text.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format". Supports only the features used
 * by cargo: regular files with paths of at most 100 bytes.
 *
 * @throws {TypeError} If the bytes are not gzip.
 */
export async function readCrate(
  crate: Uint8Array<ArrayBuffer>,
  pattern: RegExp,
): Promise<Map<string, string>> {
  const stream = new Blob([crate]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const tar = new Uint8Array(await new Response(stream).arrayBuffer());
  const files = new Map<string, string>();
  for (let at = 0; at + BLOCK_SIZE <= tar.length;) {
    const name = textAt(tar, at, 100);
    if (name === "") break;
    const size = parseInt(textAt(tar, at + 124, 12), 8) || 0;
    const start = at + BLOCK_SIZE;
    if (pattern.test(name)) {
      files.set(name, decoder.decode(tar.subarray(start, start + size)));
    }
    at = start + Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
  }
  return files;
}

/** A header field up to its first NUL. */
function textAt(tar: Uint8Array, at: number, size: number): string {
  const field = tar.subarray(at, at + size);
  const nul = field.indexOf(0);
  return decoder.decode(nul < 0 ? field : field.subarray(0, nul));
}
