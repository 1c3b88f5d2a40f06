/**
 * Writes the man page and the completion of bash from what the commands
 * declare in `src/cli/commands/`.
 *
 * @module
 */

import { COMMANDS } from "../src/cli/commands.ts";
import { renderBashCompletion } from "./package/bash_completion.ts";
import { renderManual } from "./package/manual.ts";
import { renewFiles } from "./renew_files.ts";

/** Writes both files, or says which is not what it should be. */
export async function generateCommandTexts(
  mode: "write" | "check",
): Promise<string[]> {
  return await renewFiles(mode, {
    "packaging/sunspec-collector.1": renderManual(COMMANDS),
    "packaging/sunspec-collector.bash": renderBashCompletion(COMMANDS),
  });
}
