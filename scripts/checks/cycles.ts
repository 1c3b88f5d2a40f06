/**
 * Finds import cycles between files (Tarjan's strongly connected components).
 * Pure.
 *
 * @module
 */

import type { Import } from "./imports.ts";

/** The part of an import that a graph needs. */
export type Edge = Pick<Import, "path" | "target">;

/** Groups of files that import each other, directly or through others; each group sorted. */
export function findCycles(imports: readonly Edge[]): string[][] {
  const graph = new Map<string, string[]>();
  for (const { path, target } of imports) {
    if (target === undefined) continue;
    const targets = graph.get(path) ?? [];
    targets.push(target);
    graph.set(path, targets);
  }
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  function visit(file: string): number {
    const own = index.size;
    index.set(file, own);
    let low = own;
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) low = Math.min(low, visit(target));
      else if (stack.includes(target)) low = Math.min(low, index.get(target) ?? low);
    }
    lowest.set(file, low);
    if (low === own) {
      const group = stack.splice(stack.indexOf(file));
      const selfImport = graph.get(file)?.includes(file) ?? false;
      if (group.length > 1 || selfImport) cycles.push(group.sort());
    }
    return low;
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return cycles;
}
