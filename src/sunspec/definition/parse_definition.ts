/**
 * Reads a model definition from the text of a file, in either of SunSpec's
 * forms.
 *
 * @module
 */

import { bad, type Result } from "../../base/result.ts";
import type { ModelDefinition } from "./definition.ts";
import { type DefinitionFault, parseJsonDefinition } from "./json_definition.ts";
import { parseSmdx } from "./smdx_definition.ts";
import { parseXml } from "./xml.ts";

/** No definition is longer; SunSpec's longest has 42,000. */
export const TEXT_MAX = 2 ** 20;

/**
 * Parses a definition.
 *
 * The text decides which form it is, not the file's name: what begins with `<` is
 * XML (SMDX), all else is JSON.
 *
 * @param file name of the file, for the places of faults.
 * @returns the definition, or every fault with its place, such as
 * `own.xml, line 12, point W, type` (at most 50); never throws.
 */
export function parseDefinition(
  text: string,
  file: string,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const parsed = parseText(text);
  if (parsed.ok) return parsed;
  return bad(parsed.fault.map(({ place, message }) => ({
    place: place === "" ? file : `${file}, ${place}`,
    message,
  })));
}

function parseText(text: string): Result<ModelDefinition, readonly DefinitionFault[]> {
  if (text.length > TEXT_MAX) {
    const message = `has ${text.length} characters, may have at most ${TEXT_MAX}`;
    return bad([{ place: "", message }]);
  }
  // `trimStart` takes a byte-order mark away too.
  const body = text.trimStart();
  if (body === "") return bad([{ place: "", message: "is empty" }]);
  return body.startsWith("<") ? parseXmlText(text) : parseJsonText(body);
}

function parseXmlText(
  text: string,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  const parsed = parseXml(text);
  if (parsed.ok) return parseSmdx(parsed.value);
  const { line, message } = parsed.fault;
  return bad([{ place: `line ${line}`, message }]);
}

function parseJsonText(
  text: string,
): Result<ModelDefinition, readonly DefinitionFault[]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return bad([{ place: "", message: `is neither XML nor JSON: ${said}` }]);
  }
  return parseJsonDefinition(json);
}
