/**
 * The XML form of SunSpec's models: against an independent reader, and against
 * the models that were generated from the JSON form.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  compareSmdx,
  generateDefinitionsPage,
  loadSmdxFiles,
  unexplained,
} from "../../scripts/compare_smdx.ts";
import { EXPLANATIONS } from "../../scripts/smdx_explanations.ts";
import type { Difference } from "../../scripts/compare_definitions.ts";
import { parseJsonDefinition } from "../../src/sunspec/definition/json_definition.ts";
import { parseDefinition } from "../../src/sunspec/definition/parse_definition.ts";
import { askPython } from "../records/python.ts";

const FILES_WANTED = 91;

/** The SMDX files; without them the test has failed and says why. */
async function smdxFiles(): Promise<ReadonlyMap<string, string>> {
  const files = await loadSmdxFiles();
  if (typeof files === "string") throw new Error(files);
  strictEqual(files.size, FILES_WANTED);
  return files;
}

Deno.test("every XML definition is read as an independent reader has it", async () => {
  const files = await smdxFiles();
  const answer = await askPython(
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

Deno.test("the XML and the JSON form differ only where it is known and explained", async () => {
  const { faults, differences, files, jsonOnly } = await compareSmdx(await smdxFiles());
  deepStrictEqual(faults, []);
  deepStrictEqual(unexplained(differences), []);
  for (const { title, covers } of EXPLANATIONS) {
    ok(differences.some(covers), `nothing differs by "${title}" any more`);
  }
  strictEqual(files + jsonOnly.length, 112);
});

Deno.test("docs/definitions.md lists exactly the differences that there are", async () => {
  deepStrictEqual(await generateDefinitionsPage("check"), []);
});

Deno.test("a difference that nobody has seen yet is noticed", async () => {
  const files = new Map(await smdxFiles());
  const [path = "", text = ""] = [...files].find(([each]) => each.includes("00103")) ??
    [];
  const changed = text.replace(' sf="A_SF" units="A"', "");
  ok(changed !== text, "the test's own change did not happen");
  files.set(path, changed);
  const { differences } = await compareSmdx(files);
  deepStrictEqual(
    unexplained(differences).map(({ model, path, field }: Difference) =>
      `${model} ${path} ${field}`
    ),
    ["103 A scale", "103 A units"],
  );
});
