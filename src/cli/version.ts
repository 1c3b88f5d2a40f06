/**
 * Which version this is.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { EXIT } from "./exit_codes.ts";
import type { CliIo } from "./io.ts";

/** As in `deno.json`. */
export const VERSION: string = manifest.version;

/** Options of `version`. */
export interface VersionOptions {
  readonly json: boolean;
}

/** Prints the version and what it runs on. */
export function version({ json }: VersionOptions, io: CliIo): number {
  const { deno } = Deno.version;
  const { target } = Deno.build;
  const compiled = Deno.build.standalone;
  const facts = { version: VERSION, deno, target, compiled };
  io.stdout.write(
    json
      ? `${JSON.stringify(facts)}\n`
      : `sunspec-collector ${VERSION} (Deno ${deno}, ${target})\n`,
  );
  return EXIT.ok;
}
