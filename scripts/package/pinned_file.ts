/**
 * Files that are downloaded once, checked by their sha256 and kept.
 *
 * @module
 */

/** A file to download. */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
  /** Where it comes from, for the error text. */
  readonly source: string;
}

/**
 * Returns the path of the file; calls `fetchBytes` if it is missing or differs.
 *
 * @throws {Error} If the fetched bytes have another checksum.
 */
export async function keepPinned(
  { path, sha256, source }: PinnedFile,
  fetchBytes: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const cached = await Deno.readFile(path).catch(() => undefined);
  if (cached !== undefined && await sha256Of(cached) === sha256) return path;
  const bytes = await fetchBytes();
  const sum = await sha256Of(bytes);
  if (sum !== sha256) {
    throw new Error(`${source} has sha256 ${sum}, expected ${sha256}`);
  }
  await Deno.writeFile(`${path}.part`, bytes, { mode: 0o755 });
  await Deno.rename(`${path}.part`, path);
  return path;
}

/** The sha256 in hexadecimal digits. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Extracts the largest file of a zip archive. */
export async function largestOfZip(
  archive: string,
  folder: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = `${folder}/largest`;
  await python(["-c", EXTRACT, archive, path]);
  return await Deno.readFile(path);
}

const EXTRACT = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    largest = max(archive.infolist(), key=lambda info: info.file_size)
    with archive.open(largest) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
`;

/**
 * Runs Python.
 *
 * @throws {Error} If it fails, with its stderr.
 */
export async function python(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", {
    args: [...args],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}
