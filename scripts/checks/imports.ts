/**
 * The imports that the sources under `src/` have, by layer.
 *
 * @module
 */

/** One import of one file. Paths start at the project's root. */
export interface Import {
  /** The file that imports. */
  readonly path: string;
  /** Its layer: the folder under `src/`. */
  readonly layer: string;
  /** The imported specifier, as written. */
  readonly specifier: string;
  /** The imported file; undefined = a package or a runtime module. */
  readonly target: string | undefined;
  /** The layer of that file, or its top-level folder or file outside `src/`. */
  readonly targetLayer: string | undefined;
  /** True if only types are imported: the import is absent at run time. */
  readonly typeOnly: boolean;
}

const COMMENT = /\/\*[^]*?\*\//g;
const IMPORT = /\b(?:(import|export)( type)? [^"';]*? ?from|import\() ?"([^"]+)"/g;

/** Every import under `src/` except those of tests; files sorted by name. */
export async function readImports(): Promise<{ files: string[]; imports: Import[] }> {
  const files = await filesOf("src");
  const imports: Import[] = [];
  for (const path of files) {
    if (path.endsWith("_test.ts")) continue;
    const code = (await Deno.readTextFile(path)).replaceAll(COMMENT, "");
    for (const [, , type, specifier = ""] of code.matchAll(IMPORT)) {
      const target = resolve(path, specifier);
      imports.push({
        path,
        layer: layerOf(path),
        specifier,
        target,
        targetLayer: target === undefined ? undefined : layerOf(target),
        typeOnly: type !== undefined,
      });
    }
  }
  return { files, imports };
}

/** Every TypeScript file below `folder`, tests included, sorted by path. */
export async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesOf(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** The layer of a path: the folder under `src/`, elsewhere the first segment. */
function layerOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second : first;
}

/** The path that `specifier`, as written in `path`, names. */
function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}
