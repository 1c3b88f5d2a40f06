/**
 * What a build is made of: the version, and the commit if there is one.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { runTool } from "./run_tool.ts";

/** What a build is made of. */
export interface Source {
  /** As in `deno.json`. */
  readonly version: string;
  /** The commit, with `-dirty` where files differ from it; null outside of a repository. */
  readonly commit: string | null;
  /** When it was made, in s since 1970: the time that every packed file gets. */
  readonly epochS: number;
}

/** Source files of a copy without a repository have a time of their own choosing. */
const EPOCH_WITHOUT_COMMIT_S = 1_767_225_600; // 2026-01-01

/** Looks at the repository; `SOURCE_DATE_EPOCH` wins over the commit's time. */
export async function readSource(): Promise<Source> {
  const said = await git("log", "-1", "--format=%H %ct");
  const [hash, committedS] = said?.trim().split(" ") ?? [];
  const changed = await git("status", "--porcelain", "--untracked-files=no");
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ?? committedS;
  return {
    version: manifest.version,
    commit: hash === undefined ? null : `${hash}${changed === "" ? "" : "-dirty"}`,
    epochS: given === undefined ? EPOCH_WITHOUT_COMMIT_S : Number(given),
  };
}

async function git(...args: readonly string[]): Promise<string | undefined> {
  return await runTool("git", args).catch(() => undefined);
}
