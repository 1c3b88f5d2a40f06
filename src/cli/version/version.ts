/**
 * Which version this is.
 *
 * @module
 */

import manifest from "../../../deno.json" with { type: "json" };
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";

/** As in `deno.json`. */
export const VERSION: string = manifest.version;

/** Options of `version`. */
export interface VersionOptions {
  readonly json: boolean;
}

/** Prints the version, what it was built of and what it runs on. */
export async function version({ json }: VersionOptions, io: CliIo): Promise<number> {
  const { deno, v8 } = Deno.version;
  const { target, standalone: compiled } = Deno.build;
  const commit = compiled ? await builtCommit() : null;
  const facts = {
    version: VERSION,
    commit,
    target,
    deno,
    v8,
    sqlite: await sqliteVersion(),
    compiled,
  };
  const from = commit === null ? "" : `commit ${commit.slice(0, 12)}, `;
  io.stdout.write(
    json
      ? `${JSON.stringify(facts)}\n`
      : `sunspec-collector ${VERSION} (${from}Deno ${deno}, ${target})\n`,
  );
  return EXIT.ok;
}

/** Which commit was compiled; null = unknown. `scripts/package/binary.ts` puts it there. */
async function builtCommit(): Promise<string | null> {
  const text = await Deno.readTextFile(new URL("build.json", import.meta.url));
  const { commit }: { commit: string | null } = JSON.parse(text);
  return commit;
}

async function sqliteVersion(): Promise<string> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(":memory:");
  try {
    const row = database.prepare("SELECT sqlite_version() AS version").get();
    return String(row?.["version"]);
  } finally {
    database.close();
  }
}
