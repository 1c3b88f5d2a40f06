/**
 * A folder of model definitions: those of manufacturers beside the built-in
 * ones, and in its folder `replace/` those that stand in the place of one.
 *
 * @module
 */

import { join } from "node:path";
import { loadDefinition } from "../../models/index.ts";
import { bad, good, type Result } from "../base/result.ts";
import type { DefinitionFault } from "../sunspec/definition/json_definition.ts";
import { TEXT_MAX } from "../sunspec/definition/parse_definition.ts";
import {
  addVendorModels,
  type DefinitionFile,
  FILES_MAX,
  type LoadDefinition,
} from "../sunspec/definition/vendor_models.ts";
import { EXIT } from "../cli/framework/exit_codes.ts";
import type { CliIo } from "../cli/framework/io.ts";

/** The folder inside whose definitions replace built-in ones. */
const REPLACE = "replace";

/** What a definition's file is called. */
const DEFINITION_FILE = /\.(json|xml|smdx)$/i;

/** UTF-8 takes at most so many bytes for a UTF-16 unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Reads every definition of a folder; null = the built-in ones alone.
 *
 * @returns every fault, its place the file's path first; never rejects.
 */
export async function loadModels(
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

/** Says what is wrong with the definitions that a command was given; returns its exit code. */
export function refuseModels(
  command: string,
  faults: readonly DefinitionFault[],
  io: CliIo,
): number {
  for (const { place, message } of faults) {
    io.stderr.write(`${command}: ${place} ${message}\n`);
  }
  return EXIT.config;
}

/** The definitions in a folder, by name; only the one for replacements may be missing. */
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
      message: `cannot be read as a folder: ${inWords(error)}`,
    });
    return [];
  }
  if (names.length > FILES_MAX) {
    const message = `has ${names.length} definitions, may have at most ${FILES_MAX}`;
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
    if (!isFile) return bad("is no file");
    if (size > TEXT_MAX * BYTES_PER_UNIT_MAX) {
      return bad(`has ${size} bytes, a definition may have ${TEXT_MAX} characters`);
    }
    return good(await Deno.readTextFile(path));
  } catch (error) {
    return bad(`cannot be read: ${inWords(error)}`);
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
