import { deepStrictEqual, ok } from "node:assert/strict";
import {
  headingFragments,
  isKnownPath,
  namedPaths,
  packageRows,
  relativeLinks,
} from "./docs.ts";

const ROOT = new URL("../../", import.meta.url);
/** Not part of the sources, or large. */
const SKIPPED: ReadonlySet<string> = new Set([".git", ".tools", "dist", "target"]);
const PACKAGES = "docs/decisions/packages.md";

Deno.test("documents: every named path exists", async () => {
  const files = await listFiles();
  const faults: string[] = [];
  for (const page of pagesOf(files)) {
    for (const path of namedPaths(await read(page))) {
      if (!isKnownPath(path, files)) faults.push(`${page}: ${path} does not exist`);
    }
  }
  deepStrictEqual(faults, []);
});

Deno.test("documents: every relative link leads to a file and a heading", async () => {
  const files = await listFiles();
  const faults: string[] = [];
  for (const page of pagesOf(files)) {
    for (const { path, fragment } of relativeLinks(await read(page), page)) {
      const link = `${page}: link to ${path}${fragment && `#${fragment}`}`;
      if (!isKnownPath(path, files)) faults.push(`${link}: no such file`);
      else if (fragment !== "" && path.endsWith(".md")) {
        const headings = headingFragments(await read(path));
        if (!headings.has(fragment)) faults.push(`${link}: no such heading`);
      }
    }
  }
  deepStrictEqual(faults, []);
});

Deno.test("docs/decisions/packages.md lists every package with its version", async () => {
  const { imports } = JSON.parse(await read("deno.json"));
  const rows = packageRows(await read(PACKAGES));
  deepStrictEqual(
    rows.map(({ name, version }) => `npm:${name}@${version}`).sort(),
    Object.values(imports).sort(),
  );
});

Deno.test("docs/decisions/packages.md states where each package is imported", async () => {
  const files = await listFiles();
  const rows = packageRows(await read(PACKAGES));
  const used = new Set<string>();
  const faults: string[] = [];
  for (const file of files) {
    if (!/^src\/.*\.ts$/.test(file) || file.startsWith("src/testing/")) continue;
    if (file.endsWith("_test.ts")) continue;
    const code = await read(file);
    for (const { name, importedIn } of rows) {
      if (!code.includes(`from "${name}"`)) continue;
      used.add(name);
      const isListed = importedIn !== null &&
        (importedIn.endsWith("/") ? file.startsWith(importedIn) : file === importedIn);
      if (!isListed) faults.push(`${file} imports ${name}, listed: ${importedIn}`);
    }
  }
  deepStrictEqual(faults, []);
  for (const { name, importedIn } of rows) {
    ok(importedIn === null || used.has(name), `${name} is not imported in src/`);
  }
});

/** All paths of the project, from its root. */
async function listFiles(folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (SKIPPED.has(name)) continue;
    if (isDirectory) found.push(...await listFiles(`${folder}${name}/`));
    else found.push(`${folder}${name}`);
  }
  return found;
}

/** The pages that are checked; CHANGELOG.md may name what no longer exists. */
function pagesOf(files: readonly string[]): readonly string[] {
  return files.filter((file) => file.endsWith(".md") && !file.endsWith("CHANGELOG.md"));
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

Deno.test("docs/renames.tsv: each new file exists and mentions the new name", async () => {
  const [, ...rows] = (await Deno.readTextFile("docs/renames.tsv")).trimEnd().split(
    "\n",
  );
  const texts = new Map<string, string>();
  for (const row of rows) {
    const [kind, , name = "", declared = ""] = row.split("\t");
    const file = kind === "file" ? name : declared;
    if (name === "(removed)") continue;
    const text = texts.get(file) ?? await Deno.readTextFile(file);
    texts.set(file, text);
    if (kind === "name") ok(text.includes(name.split(".").at(-1) ?? name), row);
  }
  ok(rows.length > 1_000);
});
