/**
 * The Python package that the model definitions come from: fetched once,
 * checked by its sha256, read without unpacking.
 *
 * @module
 */

/** Where the definitions come from. */
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
 * The wheel's bytes, from `.tools/wheels` or by pip.
 *
 * @returns the bytes, or why there are none, in words.
 */
export async function fetchWheel(): Promise<Uint8Array<ArrayBuffer> | string> {
  const path = `${FOLDER}/${UPSTREAM.file}`;
  const kept = await Deno.readFile(path).catch(() => undefined);
  if (kept !== undefined && await sha256(kept) === UPSTREAM.sha256) return kept;
  await Deno.mkdir(FOLDER, { recursive: true });
  const said = await download();
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (bytes === undefined) {
    return said;
  }
  const sum = await sha256(bytes);
  return sum === UPSTREAM.sha256
    ? bytes
    : `its sha256 is ${sum}, it must be ${UPSTREAM.sha256}`;
}

/** sha256 in lower-case hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The members of a zip whose path matches.
 *
 * Source: PKWARE APPNOTE 6.3.3, sections 4.3.7 (local header), 4.3.12 (central
 * directory), 4.3.16 (end record). Only what wheels use: stored and deflated,
 * no zip64.
 *
 * @throws {Error} If the bytes are no such zip.
 */
export async function readZip(
  zip: Uint8Array<ArrayBuffer>,
  wanted: RegExp,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  let end = zip.length - END_SIZE;
  while (end >= 0 && view.getUint32(end, true) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error("Cannot read zip: it has no end record");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const members = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let index = 0; index < count; index++) {
    const nameSize = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameSize));
    if (wanted.test(name)) {
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

/** What pip says of its failure; it is heeded only where the wheel is not there. */
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
    return `pip could not fetch it: ${new TextDecoder().decode(stderr).slice(-300)}`;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "there is no python3 to fetch it with";
  }
}
