/**
 * Checks the paths that the agent writes to. Pure: the file system is passed in.
 *
 * @module
 */

import type { Config } from "../schema/schema.ts";
import { errorAt, type Violation, warningAt } from "./violation.ts";

/** What exists at a path. */
export type PathKind = "file" | "folder" | "nothing" | "unknown";

/**
 * Checks the buffer's file and the folder of the files uplink; both paths are absolute.
 */
export async function checkFolders(
  { buffer, uplink }: Config,
  kindOf: (path: string) => Promise<PathKind>,
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  const path = ["buffer", "path"];
  const shown = JSON.stringify(buffer.path);
  if (await kindOf(buffer.path) === "folder") {
    const example = `${buffer.path.replace(/\/$/, "")}/queue.db`;
    const wanted = "the path of a file, which the agent creates if it is missing";
    violations.push(
      errorAt(path, `${shown} (a folder)`, wanted, `For example ${example}.`),
    );
  }
  const parent = await kindOf(buffer.path.replace(/\/[^/]*$/, "") || "/");
  const wanted = "a path in a folder that the agent's user can write to";
  if (parent === "file") {
    violations.push(errorAt(path, `${shown}, whose folder is a file`, wanted));
  }
  if (parent === "nothing") {
    const found = `${shown}, whose folder does not exist`;
    const hint = "The command run creates the folder if it has the permission.";
    violations.push(warningAt(path, found, wanted, hint));
  }
  const files = uplink.files.path;
  if (uplink.kind === "files" && await kindOf(files) === "file") {
    const found = `${JSON.stringify(files)} (a file)`;
    violations.push(errorAt(["uplink", "files", "path"], found, "a folder"));
  }
  return violations;
}
