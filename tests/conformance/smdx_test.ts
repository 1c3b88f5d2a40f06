/**
 * Compares the XML form of SunSpec's models with an independent parser, and with the
 * models generated from the JSON form.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  compareSmdx,
  generateDefinitionsPage,
  loadSmdxFiles,
  unexplained,
} from "../../scripts/compare/compare_smdx.ts";
import { EXPLANATIONS } from "../../scripts/compare/smdx_explanations.ts";
import type { Difference } from "../../scripts/compare/compare_definitions.ts";
import { parseJsonDefinition } from "../../src/sunspec/definition/json_definition.ts";
import { parseDefinition } from "../../src/sunspec/definition/parse_definition.ts";
import { runPython } from "../../src/testing/python.ts";

const FILES_EXPECTED = 91;

/**
 * The SMDX files.
 *
 * @throws {Error} If they could not be loaded, with the reason.
 */
async function smdxFiles(): Promise<ReadonlyMap<string, string>> {
  const files = await loadSmdxFiles();
  if (typeof files === "string") throw new Error(files);
  strictEqual(files.size, FILES_EXPECTED);
  return files;
}

Deno.test("parseDefinition() parses every XML definition like an independent parser", async () => {
  const files = await smdxFiles();
  const answer = await runPython(
    "tests/conformance/smdx_oracle.py",
    Object.fromEntries(files),
  );
  const oracle = new Map(Object.entries(answer ?? {}));
  let points = 0;
  for (const [path, text] of files) {
    const ours = parseDefinition(text, path);
    ok(ours.ok, ours.ok ? "" : JSON.stringify(ours.fault));
    const theirs = parseJsonDefinition(oracle.get(path));
    ok(theirs.ok, theirs.ok ? "" : JSON.stringify(theirs.fault));
    deepStrictEqual(ours.value, theirs.value, path);
    points += ours.value.group.points.length;
    points += ours.value.group.groups[0]?.points.length ?? 0;
  }
  ok(points > 3_000, `only ${points} points were compared`);
});

Deno.test("compareSmdx() finds only explained differences between the XML and the JSON form", async () => {
  const { faults, differences, files, jsonOnly } = await compareSmdx(await smdxFiles());
  deepStrictEqual(faults, []);
  deepStrictEqual(unexplained(differences), []);
  for (const { title, covers } of EXPLANATIONS) {
    ok(differences.some(covers), `"${title}" explains no difference`);
  }
  strictEqual(files + jsonOnly.length, 112);
});

Deno.test("docs/definitions.md lists all differences", async () => {
  deepStrictEqual(await generateDefinitionsPage("check"), []);
});

Deno.test("unexplained() returns a new difference", async () => {
  const files = new Map(await smdxFiles());
  const [path = "", text = ""] = [...files].find(([each]) => each.includes("00103")) ??
    [];
  const changed = text.replace(' sf="A_SF" units="A"', "");
  ok(changed !== text, "the test did not change the file");
  files.set(path, changed);
  const { differences } = await compareSmdx(files);
  deepStrictEqual(
    unexplained(differences).map(({ model, path, field }: Difference) =>
      `${model} ${path} ${field}`
    ),
    ["103 A scale", "103 A units"],
  );
});
