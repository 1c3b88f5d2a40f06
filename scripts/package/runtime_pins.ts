/**
 * Reads `scripts/runtimes`: the versions of Deno, and the checksums of what is downloaded
 * for them.
 *
 * @module
 */

import { ROOT } from "./run_tool.ts";

/** Target platform. */
export type Target = "x86_64-unknown-linux-gnu" | "aarch64-unknown-linux-gnu";

/** The pins of one version of Deno. */
export interface RuntimePins {
  readonly version: string;
  /** sha256 of the `denort` of each target; undefined = not known. */
  readonly denort: Readonly<Record<Target, string | undefined>>;
}

/** The pins of the fallback, whose `denort` is the first part of a program in a Python wheel. */
export interface FallbackPins extends RuntimePins {
  /** `NAME==VERSION` on PyPI. */
  readonly wheelPackage: string;
  /** sha256 of the wheel for each target. */
  readonly wheel: Readonly<Record<Target, string | undefined>>;
}

/** The content of `scripts/runtimes` that a build requires. */
export interface Pins {
  readonly lts: RuntimePins;
  readonly fallback: FallbackPins;
}

/** Reads the file. */
export async function readPins(): Promise<Pins> {
  return parsePins(await Deno.readTextFile(`${ROOT}scripts/runtimes`));
}

/**
 * Parses lines `NAME=VALUE`. A checksum that is not a sha256 (`unknown`) is undefined.
 *
 * @throws {Error} If a version or the package is missing.
 */
export function parsePins(text: string): Pins {
  const values = new Map(
    [...text.matchAll(/^(\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) =>
      [name, value] as const
    ),
  );
  const required = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`scripts/runtimes does not set ${name}`);
    return value;
  };
  const sums = (prefix: string): RuntimePins["denort"] => ({
    "x86_64-unknown-linux-gnu": sumOf(values.get(`${prefix}_x86_64`)),
    "aarch64-unknown-linux-gnu": sumOf(values.get(`${prefix}_aarch64`)),
  });
  return {
    lts: { version: required("LTS_VERSION"), denort: sums("LTS_DENORT") },
    fallback: {
      version: required("FALLBACK_VERSION"),
      denort: sums("FALLBACK_DENORT"),
      wheelPackage: required("FALLBACK_DENORT_PACKAGE"),
      wheel: sums("FALLBACK_DENORT_WHEEL"),
    },
  };
}

function sumOf(value: string | undefined): string | undefined {
  return value !== undefined && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
}
