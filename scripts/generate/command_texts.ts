/**
 * Generates the man page and the bash completion from the declarations of the
 * commands in `src/cli`.
 *
 * @module
 */

import { COMMANDS } from "../../src/cli/commands.ts";
import { renderBashCompletion } from "../package/bash_completion.ts";
import { renderManual } from "../package/manual.ts";
import { renewFiles } from "./renew_files.ts";

/** Writes both files, or (mode "check") lists those that are out of date. */
export async function generateCommandTexts(
  mode: "write" | "check",
): Promise<string[]> {
  return await renewFiles(mode, {
    "packaging/sunspec-collector.1": renderManual(COMMANDS),
    "packaging/sunspec-collector.bash": renderBashCompletion(COMMANDS),
  });
}
