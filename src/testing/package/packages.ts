/**
 * Packages as released but uncompressed, because compression is slow.
 *
 * @module
 */

import { makeDeb } from "../../../scripts/package/debian.ts";

const UNCOMPRESSED = ["-Znone"];
const EPOCH_S = 1_700_000_000;

/** Contents of a package. */
export interface PackageContents {
  readonly machine: "x86_64" | "aarch64";
  /** The executable. */
  readonly path: string;
  readonly version: string;
}

/** Packs an executable into `folder` with the given version; returns the package's path. */
export async function makePackage(
  folder: string,
  { machine, path, version }: PackageContents,
): Promise<string> {
  const target = `${machine}-unknown-linux-gnu` as const;
  const source = { version, commit: null, epochS: EPOCH_S };
  return await makeDeb(folder, { target, machine, path }, source, UNCOMPRESSED);
}
