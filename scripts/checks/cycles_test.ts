import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type Edge, findCycles } from "./cycles.ts";

function edges(...pairs: readonly (readonly [string, string | undefined])[]): Edge[] {
  return pairs.map(([path, target]) => ({ path, target }));
}

Deno.test("findCycles() finds no cycle in a tree and ignores packages", () => {
  deepStrictEqual(
    findCycles(edges(["a", "b"], ["a", "c"], ["b", "c"], ["c", undefined])),
    [],
  );
});

Deno.test("findCycles() reports direct, indirect and self imports once per group", () => {
  deepStrictEqual(
    findCycles(edges(
      ...[["a", "b"], ["b", "a"]] as const,
      ...[["c", "d"], ["d", "e"], ["e", "c"], ["e", "a"]] as const,
      ...[["f", "f"]] as const,
    )).toSorted(),
    [["a", "b"], ["c", "d", "e"], ["f"]],
  );
});

Deno.test("findCycles() agrees with reachability on random graphs", () => {
  const node = fc.nat(6).map(String);
  fc.assert(fc.property(fc.array(fc.tuple(node, node), { maxLength: 20 }), (pairs) => {
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      pairs.some(([path, target]) =>
        path === from &&
        (target === to ||
          (!seen.has(target) && reaches(target, to, new Set([...seen, target]))))
      );
    const inCycle = [...new Set(pairs.flat())].filter((each) => reaches(each, each));
    deepStrictEqual(findCycles(edges(...pairs)).flat().sort(), inCycle.sort());
  }));
});
