/**
 * Finds exported names that more than one file declares. Pure.
 *
 * @module
 */

/** Names that several files may declare, with the reason. */
export const SHARED_NAMES: Readonly<Record<string, string>> = {};

const DECLARATION =
  /^export (?:default )?(?:abstract )?(?:async )?(?:const|let|var|function\*?|class|interface|type|enum) ([\w$]+)/gm;
const LIST = /^export (?:type )?\{([^}]*)\}(?! from);/gm;

/** The names that a module declares and exports; names re-exported `from` a module are not. */
export function exportedNames(code: string): Set<string> {
  const names = new Set<string>();
  for (const [, name = ""] of code.matchAll(DECLARATION)) names.add(name);
  for (const [, list = ""] of code.matchAll(LIST)) {
    for (const entry of list.split(",")) {
      const name = entry.trim().replace(/^type /, "").split(/ as /).at(-1) ?? "";
      if (name !== "") names.add(name);
    }
  }
  return names;
}

/**
 * One fault for each name that two or more files declare, and for each entry of
 * `shared` that is not needed.
 *
 * @param sources code by path.
 */
export function duplicateFaults(
  sources: ReadonlyMap<string, string>,
  shared: Readonly<Record<string, string>> = SHARED_NAMES,
): string[] {
  const declared = new Map<string, string[]>();
  for (const [path, code] of sources) {
    for (const name of exportedNames(code)) {
      declared.set(name, [...declared.get(name) ?? [], path]);
    }
  }
  const duplicates = [...declared].filter(([, paths]) => paths.length > 1);
  const needed = new Set(duplicates.map(([name]) => name));
  return [
    ...duplicates.filter(([name]) => !Object.hasOwn(shared, name)).map((
      [name, paths],
    ) =>
      `${name} is exported by ${
        paths.join(" and ")
      }: rename all but the most general one`
    ),
    ...Object.keys(shared).filter((name) => !needed.has(name)).map((name) =>
      `${name} is in SHARED_NAMES but has one meaning: remove it there`
    ),
  ];
}
