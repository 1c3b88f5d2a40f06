/**
 * Parses the text of a model definition file, in either of SunSpec's forms.
 *
 * @module
 */

import { bad, type Result } from "../../base/result.ts";
import type { ModelDefinition } from "./definition.ts";
import type { DefinitionFault } from "./definition_rules.ts";
import { parseJsonDefinition } from "./json_definition.ts";
import { parseSmdx } from "./smdx_definition.ts";
import { parseXml } from "./xml.ts";

/** Maximum number of characters of a definition; SunSpec's longest has 42,000. */
export const TEXT_MAX = 2 ** 20;

/**
 * Parses a definition.
 *
 * The form is determined by the text, not by the file name: a text that starts with `<`
 * is XML (SMDX), any other is JSON.
 *
 * @param file name of the file, used in the places of faults.
 * @returns the definition, or all faults with their places (at most 50), such as
 * `own.xml, line 12, point W, type`; never throws.
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
    const message = `has ${text.length} characters, the maximum is ${TEXT_MAX}`;
    return bad([{ place: "", message }]);
  }
  // `trimStart` also removes a byte-order mark.
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
    const detail = error instanceof Error ? error.message : String(error);
    return bad([{ place: "", message: `is neither XML nor JSON: ${detail}` }]);
  }
  return parseJsonDefinition(json);
}
