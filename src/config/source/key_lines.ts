/**
 * Finds the line of a key in a TOML text, for the faults. Pure; the parser does
 * not tell. The text is one that the parser has accepted.
 *
 * @module
 */

import type { ConfigPath } from "../check/problem.ts";
import { createScanner, type Scanner } from "./toml_scanner.ts";

/** The lines of a file's keys. */
export interface LineIndex {
  /** The line, from 1, of a key, table or list element; undefined if it is not in the file. */
  lineOf(path: ConfigPath): number | undefined;
  /** The same, or of the nearest table around it that is in the file. */
  nearestLine(path: ConfigPath): number | undefined;
}

/** Lists and inline tables within each other; the parser's own limit is lower. */
const DEPTH_MAX = 64;

/**
 * Indexes a text.
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
  const lines = new Map<string, number>();
  /** How many elements each list of tables has so far. */
  const counts = new Map<string, number>();
  const scanner = createScanner(text);
  let table: ConfigPath = [];

  scanner.skipBlank(true);
  while (!scanner.atEnd) {
    const line = scanner.line;
    if (scanner.peek() === "[") table = header(line);
    else {
      assignment(scanner, table, 0, note);
      scanner.restOfLine();
    }
    scanner.skipBlank(true);
  }

  function note(path: ConfigPath, line: number): void {
    for (let length = 1; length <= path.length; length++) {
      const key = keyOf(path.slice(0, length));
      if (!lines.has(key)) lines.set(key, line);
    }
  }

  /** `[a.b]` or `[[a.b]]`: where the keys that follow stand. */
  function header(line: number): ConfigPath {
    scanner.skip(1);
    const isList = scanner.peek() === "[";
    if (isList) scanner.skip(1);
    let path: ConfigPath = [];
    const parts = scanner.key();
    for (const [at, part] of parts.entries()) {
      path = [...path, part];
      const key = keyOf(path);
      if (isList && at === parts.length - 1) {
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const count = counts.get(key);
      if (count !== undefined) path = [...path, count - 1];
    }
    note(path, line);
    scanner.restOfLine();
    return path;
  }

  const lineOf = (path: ConfigPath): number | undefined => lines.get(keyOf(path));
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

type Note = (path: ConfigPath, line: number) => void;

/** `key = value`. */
function assignment(
  scanner: Scanner,
  table: ConfigPath,
  depth: number,
  note: Note,
): void {
  const line = scanner.line;
  const path = [...table, ...scanner.key()];
  note(path, line);
  if (scanner.peek() === "=") scanner.skip(1);
  scanner.skipBlank(true);
  value(scanner, path, depth, note);
}

function value(scanner: Scanner, path: ConfigPath, depth: number, note: Note): void {
  const opener = scanner.peek();
  const isList = opener === "[";
  if ((!isList && opener !== "{") || depth >= DEPTH_MAX) return scanner.scalar();
  const closer = isList ? "]" : "}";
  scanner.skip(1);
  for (let at = 0; !scanner.atEnd;) {
    scanner.skipBlank(true);
    const here = scanner.peek();
    if (here === closer) return scanner.skip(1);
    if (here === ",") {
      scanner.skip(1);
      at++;
    } else if (isList) {
      const line = scanner.line;
      note([...path, at], line);
      value(scanner, [...path, at], depth + 1, note);
      skipStray(scanner, closer);
    } else {
      assignment(scanner, path, depth + 1, note);
      skipStray(scanner, closer);
    }
  }
}

/** After a value stands a comma or the closer; anything else is stepped over, so that the scan ends. */
function skipStray(scanner: Scanner, closer: string): void {
  scanner.skipBlank(true);
  const here = scanner.peek();
  if (here !== "," && here !== closer) scanner.skip(1);
}

function keyOf(path: ConfigPath): string {
  return JSON.stringify(path);
}
