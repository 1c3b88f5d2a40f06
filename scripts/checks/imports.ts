/**
 * Reads the imports of the sources.
 *
 * @module
 */

/** One import of one file. Paths start at the project's root. */
export interface Import {
  /** The file that imports. */
  readonly path: string;
  /** Its layer: the folder under `src/`, elsewhere the first segment. */
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
/** `import "./module.ts";`, with groups at the same places as {@linkcode IMPORT}. */
const SIDE_EFFECT_IMPORT = /^(import)()? "([^"]+)"/gm;

/**
 * `main.ts` and every file under `src/`; the imports of these files and of the generated
 * models, without those of tests.
 */
export async function readImports(): Promise<{ files: string[]; imports: Import[] }> {
  const files = ["main.ts", ...await filesIn("src")];
  const imports: Import[] = [];
  for (const path of [...files, ...await filesIn("models")]) {
    if (path.endsWith("_test.ts")) continue;
    imports.push(...importsOf(path, await Deno.readTextFile(path)));
  }
  return { files, imports };
}

/** The imports and re-exports of one module. */
export function importsOf(path: string, code: string): Import[] {
  const imports: Import[] = [];
  const bare = code.replaceAll(COMMENT, "");
  for (
    const [, , type, specifier = ""] of [
      ...bare.matchAll(IMPORT),
      ...bare.matchAll(SIDE_EFFECT_IMPORT),
    ]
  ) {
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
  return imports;
}

/** Every TypeScript file below `folder`, tests included, sorted by path. */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesIn(path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}

/** The layer of a path: the folder under `src/`, elsewhere the first segment. */
function layerOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  return first === "src" ? second : first;
}

/** The path of the file that `specifier`, as written in `path`, refers to. */
function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}
