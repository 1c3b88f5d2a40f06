/**
 * The imports that the sources really have, by room.
 *
 * @module
 */

/** One import of one file. */
export interface Import {
  /** The file that imports, from the project's root. */
  readonly path: string;
  /** Its room: the folder under `src/`, or the file's name for files beside them. */
  readonly room: string;
  /** What it imports, as written. */
  readonly target: string;
  /** The room of that; undefined = its own room, or a package. */
  readonly other: string | undefined;
}

const COMMENT = /\/\*[^]*?\*\//g;
const FROM = /\b(?:from|import\() ?"([^"]+)"/g;

/** Every import under `src/`, tests left out; files in order of their names. */
export async function readImports(): Promise<{ files: string[]; imports: Import[] }> {
  const files = await filesOf("src");
  const imports: Import[] = [];
  for (const path of files) {
    if (path.endsWith("_test.ts")) continue;
    const room = path.split("/")[1] ?? "";
    const code = (await Deno.readTextFile(path)).replaceAll(COMMENT, "");
    for (const [, target = ""] of code.matchAll(FROM)) {
      imports.push({ path, room, target, other: roomOf(path, target) });
    }
  }
  return { files, imports };
}

async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesOf(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** The room that `target`, as imported by `path`, stands in. */
function roomOf(path: string, target: string): string | undefined {
  const depth = path.split("/").length - 3;
  if (depth < 0) { // a file beside the rooms
    if (target.startsWith("../models/")) return "models";
    return target.startsWith("./") ? target.split("/")[1] : undefined;
  }
  const up = "../".repeat(depth + 1);
  if (!target.startsWith(up)) return undefined;
  const rest = target.slice(up.length);
  return rest.startsWith("../models/") ? "models" : rest.split("/")[0];
}
