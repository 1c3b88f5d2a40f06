/**
 * Judges where the agent is to write. Pure: the look at the disk is handed in.
 *
 * @module
 */

import { showPath } from "./problem.ts";
import type { Ruling } from "./rule_violation.ts";
import type { Config } from "../schema/schema.ts";

/** What stands at a path. */
export type Kind = "file" | "folder" | "nothing" | "unknown";

/** Checks the buffer's file and the folder of the files uplink; both paths are absolute. */
export async function checkFolders(
  { buffer, uplink }: Config,
  kindOf: (path: string) => Promise<Kind>,
): Promise<readonly Ruling[]> {
  const rulings: Ruling[] = [];
  const bufferPath = ["buffer", "path"];
  const shown = JSON.stringify(buffer.path);
  if (await kindOf(buffer.path) === "folder") {
    rulings.push({
      severity: "error",
      path: bufferPath,
      found: `${shown}: a folder`,
      wanted: "the path of a file, which the agent makes if it is missing",
      hint: `${buffer.path.replace(/\/$/, "")}/queue.db`,
    });
  }
  const folder = buffer.path.replace(/\/[^/]*$/, "") || "/";
  const around = await kindOf(folder);
  if (around === "nothing" || around === "file") {
    rulings.push({
      severity: around === "file" ? "error" : "warning",
      path: bufferPath,
      found: `${shown}, whose folder ${
        around === "file" ? "is a file" : "is not there"
      }`,
      wanted: "a path in a folder that the agent's user can write in",
      hint: around === "file" ? null : "run makes the folder if it may",
    });
  }
  const files = uplink.files.path;
  const isFile = await kindOf(files) === "file";
  if (uplink.kind === "files" && isFile) {
    rulings.push({
      severity: "error",
      path: ["uplink", "files", "path"],
      found: `${JSON.stringify(files)}: a file`,
      wanted: `a folder for ${showPath(["uplink", "files"])}`,
      hint: null,
    });
  }
  return rulings;
}
