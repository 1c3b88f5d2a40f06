/**
 * `version`: prints the version of the program.
 *
 * @module
 */

import { VERSION } from "../../base/version.ts";
import { EXIT } from "../framework/exit_codes.ts";
import type { CliIo } from "../framework/io.ts";

/** Options of `version`. */
export interface VersionOptions {
  readonly json: boolean;
}

/** Prints the version, the commit of the build and the versions of the runtime. */
export async function version({ json }: VersionOptions, io: CliIo): Promise<number> {
  const { deno, v8 } = Deno.version;
  const { target, standalone: compiled } = Deno.build;
  const commit = compiled ? await builtCommit() : null;
  const report = {
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
      ? `${JSON.stringify(report)}\n`
      : `sunspec-collector ${VERSION} (${from}Deno ${deno}, ${target})\n`,
  );
  return EXIT.ok;
}

/** The commit that was compiled, which `scripts/package/binary.ts` writes; null if unknown. */
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
