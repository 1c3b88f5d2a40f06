import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { importsOf } from "./imports.ts";
import { importFaults, MODEL_TYPES, placementFaults, tableFaults } from "./layers.ts";

function faultsOf(path: string, specifier: string): string[] {
  return importFaults(importsOf(path, `import { x } from "${specifier}";\n`));
}

Deno.test("importsOf() reads imports, re-exports and dynamic imports, not comments", () => {
  const code = `
/** import { no } from "./no.ts"; */
import type { A } from "../base/a.ts";
import {
  b,
} from "npm:b";
export { c } from "./c.ts";
import "./e.ts";
const d = await import("./d.ts");
`;
  deepStrictEqual(
    importsOf("src/config/x.ts", code).map(({ target, targetLayer, typeOnly }) => [
      target,
      targetLayer,
      typeOnly,
    ]),
    [
      ["src/base/a.ts", "base", true],
      [undefined, undefined, false],
      ["src/config/c.ts", "config", false],
      ["src/config/d.ts", "config", false],
      ["src/config/e.ts", "config", false],
    ],
  );
});

Deno.test("importFaults() rejects an import of a layer that the table does not allow", () => {
  deepStrictEqual(faultsOf("src/config/a.ts", "../base/b.ts"), []);
  match(
    faultsOf("src/base/a.ts", "../config/b.ts")[0] ?? "",
    /base may not import config/,
  );
  match(
    faultsOf("src/poller/a.ts", "../agent/b.ts")[0] ?? "",
    /poller may not import agent/,
  );
  strictEqual(faultsOf("src/cli/a.ts", "../agent/b.ts").length, 0);
  strictEqual(faultsOf("src/cli/a.ts", "../../main.ts").length, 1);
  strictEqual(faultsOf("src/cli/a.ts", "../../scripts/b.ts").length, 1);
  strictEqual(faultsOf("src/cli/a.ts", "../agent/b_test.ts").length, 1);
});

Deno.test("importFaults() allows src/testing to be imported by src/testing only", () => {
  for (const path of ["src/cli/a.ts", "src/agent/a.ts"]) {
    match(
      faultsOf(path, "../testing/b.ts")[0] ?? "",
      /only tests, benchmarks and generators of test data/,
    );
  }
  match(faultsOf("main.ts", "./src/testing/b.ts")[0] ?? "", /only tests, benchmarks/);
  deepStrictEqual(faultsOf("src/testing/a.ts", "./b.ts"), []);
});

Deno.test("importFaults() allows models to import the types of a definition only", () => {
  const faultsOfModel = (code: string): string[] =>
    importFaults(importsOf("models/a.ts", code));
  const types = `../${MODEL_TYPES}`;
  deepStrictEqual(faultsOfModel(`import type { A } from "${types}";`), []);
  deepStrictEqual(faultsOfModel(`import type { A } from "./b.ts";`), []);
  match(faultsOfModel(`import { A } from "${types}";`)[0] ?? "", /only types of/);
  match(
    faultsOfModel('import type { A } from "../src/sunspec/chain.ts";')[0] ?? "",
    /only types of/,
  );
});

Deno.test("placementFaults() rejects a folder that is not a layer", () => {
  deepStrictEqual(
    placementFaults(["src/base/a.ts", "src/testing/b.ts", "main.ts"]),
    [],
  );
  strictEqual(placementFaults(["src/misc/a.ts"]).length, 1);
});

Deno.test("tableFaults() rejects a layer that may import a layer above it", () => {
  deepStrictEqual(tableFaults(), []);
  deepStrictEqual(tableFaults({ base: ["config"], config: ["base"] }), [
    "the table lets base import config, which is not below it",
  ]);
});
