/**
 * Packages as they are released, but for their compression, which takes long.
 *
 * @module
 */

import { makeDeb } from "../../scripts/package/debian.ts";

const UNCOMPRESSED = ["-Znone"];
const EPOCH_S = 1_700_000_000;

/** What is packed. */
export interface Packed {
  readonly machine: "x86_64" | "aarch64";
  /** The executable. */
  readonly path: string;
  readonly version: string;
}

/** Packs an executable into `folder` under a version of its own; gives the package's path. */
export async function pack(
  folder: string,
  { machine, path, version }: Packed,
): Promise<string> {
  const target = `${machine}-unknown-linux-gnu` as const;
  const source = { version, commit: null, epochS: EPOCH_S };
  return await makeDeb(folder, { target, machine, path }, source, UNCOMPRESSED);
}
