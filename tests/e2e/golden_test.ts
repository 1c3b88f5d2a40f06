import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { GOLDEN_FOLDER, makeGoldenFiles } from "../../src/testing/agent_golden.ts";
import { ensureBinary } from "../../src/testing/agent/agent_program.ts";
import { PROJECT_ROOT } from "../../src/testing/project_root.ts";

const REMAKE =
  "if the change is intended: deno run -A scripts/golden.ts, then review the difference";

Deno.test("from source: read and records of the project's devices equal the golden files", async () => {
  compare(await makeGoldenFiles("source"), await golden());
});

Deno.test("compiled program: read and records of the project's devices equal the golden files", async () => {
  await ensureBinary();
  compare(await makeGoldenFiles("binary"), await golden());
});

async function golden(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ["read", "records"]) {
    for await (
      const { name } of Deno.readDir(`${PROJECT_ROOT}${GOLDEN_FOLDER}/${folder}`)
    ) {
      const path = `${folder}/${name}`;
      found.set(
        path,
        await Deno.readTextFile(`${PROJECT_ROOT}${GOLDEN_FOLDER}/${path}`),
      );
    }
  }
  return found;
}

function compare(
  made: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): void {
  deepStrictEqual([...made.keys()].sort(), [...wanted.keys()].sort(), REMAKE);
  ok(made.size >= 14);
  for (const [name, text] of made) {
    strictEqual(text, wanted.get(name), `${name}: ${REMAKE}`);
  }
}
