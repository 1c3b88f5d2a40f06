/**
 * The Python package with the model definitions: downloaded once, verified by its
 * sha256, read without unpacking.
 *
 * @module
 */

/** Source of the definitions. */
export const UPSTREAM = {
  package: "pysunspec2",
  version: "1.3.7",
  file: "pysunspec2-1.3.7-py3-none-any.whl",
  sha256: "4bc5029ac2ee9ec8ea7bf7e4623c0fc269244c2f0292b2b7dca8588a4287eeeb",
  licence: "Apache-2.0",
} as const;

const FOLDER = ".tools/wheels";
const END_OF_DIRECTORY = 0x06054b50;
const END_SIZE = 22;

/**
 * Reads the wheel from `.tools/wheels`, or downloads it with pip.
 *
 * @returns the bytes, or the reason of the failure.
 */
export async function fetchWheel(): Promise<Uint8Array<ArrayBuffer> | string> {
  const path = `${FOLDER}/${UPSTREAM.file}`;
  const cached = await Deno.readFile(path).catch(() => undefined);
  if (cached !== undefined && await sha256(cached) === UPSTREAM.sha256) return cached;
  await Deno.mkdir(FOLDER, { recursive: true });
  const failure = await download();
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (bytes === undefined) return failure;
  const sum = await sha256(bytes);
  return sum === UPSTREAM.sha256
    ? bytes
    : `${UPSTREAM.file} has sha256 ${sum}, expected ${UPSTREAM.sha256}`;
}

/** sha256 in lower-case hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * Reads the members of a zip whose path matches.
 *
 * Source: PKWARE APPNOTE 6.3.3, sections 4.3.7 (local header), 4.3.12 (central
 * directory), 4.3.16 (end record). Supports only the features used by wheels: stored
 * and deflated members, no zip64.
 *
 * @throws {Error} If the bytes are not such a zip.
 */
export async function readZip(
  zip: Uint8Array<ArrayBuffer>,
  pattern: RegExp,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let end = zip.length - END_SIZE;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error("Cannot read zip: end record not found");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const members = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let index = 0; index < count; index++) {
    const nameSize = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameSize));
    if (pattern.test(name)) {
      const local = view.getUint32(at + 42, true);
      const start = local + 30 + view.getUint16(local + 26, true) +
        view.getUint16(local + 28, true);
      const packed = zip.slice(start, start + view.getUint32(at + 20, true));
      const stored = view.getUint16(at + 10, true) === 0;
      members.set(name, stored ? packed : await inflate(packed));
    }
    at += 46 + nameSize + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return members;
}

async function inflate(
  packed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([packed]).stream()
    .pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Downloads the wheel; returns the error of pip, which matters only if the wheel is missing. */
async function download(): Promise<string> {
  try {
    const { stderr } = await new Deno.Command("python3", {
      args: [
        ...["-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"],
        ...["--disable-pip-version-check", "--retries", "1", "--timeout", "15"],
        ...["-d", FOLDER, `${UPSTREAM.package}==${UPSTREAM.version}`],
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    return `pip could not download ${UPSTREAM.file}: ${
      new TextDecoder().decode(stderr).slice(-300)
    }`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "python3 is not installed; it is required to download the model definitions";
  }
}
