/**
 * Version and commit that a build is made from.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { runTool } from "./run_tool.ts";

/** Source of a build. */
export interface Source {
  /** Version in `deno.json`. */
  readonly version: string;
  /** Commit, with `-dirty` if files differ from it; null outside a repository. */
  readonly commit: string | null;
  /** Time of the commit, in s since the Unix epoch; used as the time of all packed files. */
  readonly epochS: number;
}

/** Time used outside a repository. */
const EPOCH_WITHOUT_COMMIT_S = 1_767_225_600; // 2026-01-01

/** Reads the repository; `SOURCE_DATE_EPOCH` overrides the time of the commit. */
export async function readSource(): Promise<Source> {
  const head = await git("log", "-1", "--format=%H %ct");
  const [hash, committedS] = head?.trim().split(" ") ?? [];
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
