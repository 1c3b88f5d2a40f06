/**
 * Finds paths and links in Markdown, and rows of the table of packages. Pure.
 *
 * @module
 */

/** A relative link of a page. */
export interface DocLink {
  /** Path of the target from the project's root; of the page itself for `#heading`. */
  readonly path: string;
  /** Fragment without `#`; empty = none. */
  readonly fragment: string;
}

/** A row of the table in docs/decisions/packages.md. */
export interface PackageRow {
  readonly name: string;
  readonly version: string;
  /** File or folder (ending in `/`) that imports the package; null = tests only. */
  readonly importedIn: string | null;
}

const ROOTS = "docs|examples|models|packaging|scripts|src|systemd|tests";
/** A path from the project's root. */
const ROOTED = new RegExp(String.raw`(?<![\w./~-])(?:${ROOTS})/[\w./*{}-]*`, "g");
/** A source file, possibly without the first folders of its path. */
const SOURCE = /(?<![\w./-])(?:[\w.-]+\/)*[\w.-]+\.(?:ts|py|rs)(?![\w/])/g;

/**
 * The paths that a page names: paths from the root, and source files with or without
 * their folders. A pattern is reduced to the folder before its first `*` or `{`.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert";
 * import { namedPaths } from "./docs.ts";
 *
 * const text = "`machine.ts`, src/poller/, models/avro/*.avsc and /usr/src/x.";
 * deepStrictEqual(namedPaths(text), ["src/poller/", "models/avro/", "machine.ts"]);
 * ```
 */
export function namedPaths(markdown: string): readonly string[] {
  const text = withoutUrls(markdown);
  const rooted = [...text.matchAll(ROOTED)].map(([path]) => {
    const fixed = path.split(/[*{]/, 1)[0] ?? "";
    return fixed === path
      ? path.replace(/\.+$/, "")
      : fixed.slice(0, fixed.lastIndexOf("/") + 1);
  });
  const sources = [...text.matchAll(SOURCE)].map(([path]) => path);
  return [...new Set([...rooted, ...sources])];
}

function withoutUrls(text: string): string {
  return text.replace(/\b[a-z]+:\/\/[^\s)>`"]+/g, "").replace(/\]\([^)]*\)/g, "]");
}

/**
 * Whether a path exists, as a file, as a folder, or as the end of the path of a file.
 *
 * @param files all paths of the project from its root.
 */
export function isKnownPath(path: string, files: readonly string[]): boolean {
  const folder = path.endsWith("/") ? path : `${path}/`;
  return files.some((file) =>
    file === path || file.startsWith(folder) || file.endsWith(`/${path}`)
  );
}

/** The relative links of a page at `page`, a path from the root. */
export function relativeLinks(markdown: string, page: string): readonly DocLink[] {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
    if (/^(?:[a-z]+:|\/)/.test(target)) return [];
    const { pathname, hash } = new URL(target, `file:///${page}`);
    return [{ path: decodeURI(pathname).slice(1), fragment: hash.slice(1) }];
  });
}

/** The fragments of a page's headings, as GitHub forms them. */
export function headingFragments(markdown: string): ReadonlySet<string> {
  const text = markdown.replace(/^```[\s\S]*?^```/gm, "");
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
    ),
  );
}

/** The rows of the table of packages. */
export function packageRows(markdown: string): readonly PackageRow[] {
  const row = /^\| `([^`]+)` (\S+) +\|[^|]*\| ([^|]+?) +\|$/gm;
  return [...markdown.matchAll(row)].map(([, name = "", version = "", place = ""]) => ({
    name,
    version,
    importedIn: /^`(.+)`$/.exec(place)?.[1] ?? null,
  }));
}
