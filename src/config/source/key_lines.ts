/**
 * The line of each key in a TOML text. smol-toml reports no positions, so a text with
 * a fault is parsed a second time for them.
 *
 * @module
 */

import { type AST, parseTOML } from "toml-eslint-parser";
import type { ConfigPath } from "../check/problem.ts";

/** The lines of the keys of a file. */
export interface LineIndex {
  /** Line, from 1, of a key, table or list element; undefined if the file lacks it. */
  lineOf(path: ConfigPath): number | undefined;
  /** Like {@linkcode LineIndex.lineOf}, or the line of the nearest enclosing table. */
  nearestLine(path: ConfigPath): number | undefined;
}

/**
 * Indexes a text. The text is parsed at the first question, as most files have no
 * fault. A text that is not TOML has no lines.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert";
 * import { indexLines } from "./key_lines.ts";
 *
 * const index = indexLines('[[devices]]\nhost = "a"\n\n[[devices]]\nport = 5\n');
 * strictEqual(index.lineOf(["devices", 1, "port"]), 5);
 * strictEqual(index.lineOf(["devices", 1, "host"]), undefined);
 * strictEqual(index.nearestLine(["devices", 1, "host"]), 4);
 * ```
 */
export function indexLines(text: string): LineIndex {
  let lines: ReadonlyMap<string, number> | undefined;
  const lineOf = (path: ConfigPath): number | undefined => {
    lines ??= readLines(text);
    return lines.get(JSON.stringify(path));
  };
  return {
    lineOf,
    nearestLine(path): number | undefined {
      for (let length = path.length; length > 0; length--) {
        const line = lineOf(path.slice(0, length));
        if (line !== undefined) return line;
      }
      return undefined;
    },
  };
}

/** The first line of each path and of everything around it. */
function readLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  for (const [path, node] of parse(text)) {
    for (let length = 1; length <= path.length; length++) {
      const key = JSON.stringify(path.slice(0, length));
      if (!lines.has(key)) lines.set(key, node.loc.start.line);
    }
  }
  return lines;
}

type Located = readonly [path: ConfigPath, node: AST.TOMLNode];

function parse(text: string): readonly Located[] {
  try {
    const [root] = parseTOML(text.replace(/^\uFEFF/, ""), { tomlVersion: "1.1" }).body;
    return [...assignments(root.body, [])];
  } catch {
    return [];
  }
}

function* assignments(
  nodes: readonly (AST.TOMLKeyValue | AST.TOMLTable)[],
  table: ConfigPath,
): Generator<Located> {
  for (const node of nodes) {
    if (node.type === "TOMLTable") {
      yield [node.resolvedKey, node];
      yield* assignments(node.body, node.resolvedKey);
    } else {
      const keys = node.key.keys.map((key) =>
        key.type === "TOMLBare" ? key.name : key.value
      );
      yield* value(node.value, [...table, ...keys], node);
    }
  }
}

function* value(
  content: AST.TOMLContentNode,
  path: ConfigPath,
  node: AST.TOMLNode,
): Generator<Located> {
  yield [path, node];
  if (content.type === "TOMLInlineTable") yield* assignments(content.body, path);
  if (content.type !== "TOMLArray") return;
  for (const [at, element] of content.elements.entries()) {
    yield* value(element, [...path, at], element);
  }
}
