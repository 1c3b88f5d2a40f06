/**
 * Parses TOML.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import { bad, good, type Result } from "../../base/result.ts";
import type { TomlTable } from "./toml_tree.ts";

/** Why a text is not TOML. */
export interface TomlFault {
  /** Line from 1; null if unknown. */
  readonly line: number | null;
  /** A message without any of the text, which may contain a secret. */
  readonly detail: string;
  /** What to do, as a sentence; null if nothing is known. */
  readonly hint: string | null;
}

/** Maximum depth of nested tables and lists; no configuration needs more. */
const DEPTH_MAX = 32;

/** Fixes for the parser's most frequent messages. */
const HINTS: Readonly<Record<string, string>> = {
  "invalid value": 'Strings need quotes, for example id = "plant7".',
  "illegal character in numeric literal":
    'Strings need quotes, for example host = "192.168.10.21".',
  "illegal character in key": "Each line is KEY = VALUE, [TABLE] or [[TABLE]].",
  "unexpected end of key": "Each line is KEY = VALUE, [TABLE] or [[TABLE]].",
  "unfinished string": "Close the string with a quote on the same line.",
  "unrecognised escape sequence":
    "Write a backslash twice, or the string in single quotes.",
  "trying to redefine an already defined table or value":
    "Each key and table may appear only once.",
};

/** Parses TOML; integers are bigint, all other numbers number. Never throws. */
export function parseToml(text: string): Result<TomlTable, TomlFault> {
  try {
    const table = parse(text, { integersAsBigInt: true, maxDepth: DEPTH_MAX });
    return good(table as TomlTable);
  } catch (error) {
    const [head = ""] = (error instanceof Error ? error.message : "").split("\n");
    const detail = head.replace(/^Invalid TOML document: /, "") ||
      "it cannot be parsed";
    const line = error instanceof TomlError ? error.line : null;
    return bad({ line, detail, hint: HINTS[detail] ?? null });
  }
}
