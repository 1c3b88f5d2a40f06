/**
 * Loads a folder of model definitions: those of manufacturers in addition to the
 * built-in ones, and in its subfolder `replace/` those that replace a built-in one.
 *
 * @module
 */

import { join } from "node:path";
import { loadDefinition } from "../../../models/index.ts";
import { bad, good, type Result } from "../../base/result.ts";
import type { DefinitionFault } from "../../sunspec/definition/definition_rules.ts";
import { TEXT_MAX } from "../../sunspec/definition/parse_definition.ts";
import {
  addVendorModels,
  type DefinitionFile,
  FILES_MAX,
  type LoadDefinition,
} from "../../sunspec/definition/vendor_models.ts";

/** Subfolder of the definitions that replace built-in ones. */
const REPLACE = "replace";

/** File names of definitions. */
const DEFINITION_FILE = /\.(json|xml|smdx)$/i;

/** Maximum number of UTF-8 bytes per UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Loads all definitions of a folder; null = only the built-in ones.
 *
 * @returns all faults; their place begins with the path of the file. Never rejects.
 */
export async function loadModelsFolder(
  folder: string | null,
): Promise<Result<LoadDefinition, readonly DefinitionFault[]>> {
  if (folder === null) return good(loadDefinition);
  const faults: DefinitionFault[] = [];
  const files: DefinitionFile[] = [
    ...await readFolder(folder, false, faults),
    ...await readFolder(join(folder, REPLACE), true, faults),
  ];
  if (faults.length > 0) return bad(faults);
  return await addVendorModels(files, loadDefinition);
}

/** Reads the definitions in a folder, sorted by name. Only the folder of replacements may be missing. */
async function readFolder(
  folder: string,
  replaces: boolean,
  faults: DefinitionFault[],
): Promise<DefinitionFile[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (!isDirectory && DEFINITION_FILE.test(name)) names.push(name);
    }
  } catch (error) {
    if (replaces && error instanceof Deno.errors.NotFound) return [];
    faults.push({
      place: folder,
      message: `cannot be read as a folder: ${messageOf(error)}`,
    });
    return [];
  }
  if (names.length > FILES_MAX) {
    const message = `has ${names.length} definitions, must have at most ${FILES_MAX}`;
    faults.push({ place: folder, message });
    return [];
  }
  const files: DefinitionFile[] = [];
  for (const name of names.sort()) {
    const path = join(folder, name);
    const text = await readText(path);
    if (text.ok) files.push({ name: path, text: text.value, replaces });
    else faults.push({ place: path, message: text.fault });
  }
  return files;
}

async function readText(path: string): Promise<Result<string, string>> {
  try {
    const { size, isFile } = await Deno.stat(path);
    if (!isFile) return bad("is not a file");
    if (size > TEXT_MAX * BYTES_PER_UNIT_MAX) {
      return bad(`has ${size} bytes, must have at most ${TEXT_MAX} characters`);
    }
    return good(await Deno.readTextFile(path));
  } catch (error) {
    return bad(`cannot be read: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
