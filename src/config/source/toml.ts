/**
 * The door to the TOML parser.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import { bad, good, type Result } from "../../base/result.ts";
import type { TomlTable } from "./toml_tree.ts";

/** Why a text is no TOML. */
export interface TomlFault {
  /** From 1; null if it is not known. */
  readonly line: number | null;
  /** In words, without a piece of the text: it may hold a secret. */
  readonly detail: string;
}

/** Tables within tables and lists within lists, no deeper: no configuration is. */
const DEPTH_MAX = 32;

/** Parses TOML; whole numbers come as bigint, all others as number. Never throws. */
export function parseToml(text: string): Result<TomlTable, TomlFault> {
  try {
    const table = parse(text, { integersAsBigInt: true, maxDepth: DEPTH_MAX });
    return good(table as TomlTable);
  } catch (error) {
    const [head = ""] = (error instanceof Error ? error.message : "").split("\n");
    const detail = head.replace(/^Invalid TOML document: /, "") ||
      "it cannot be parsed";
    return bad({ line: error instanceof TomlError ? error.line : null, detail });
  }
}
