import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { GOLDEN, makeGolden } from "../../src/testing/agent_golden.ts";
import { ensureBinary, ROOT } from "../../src/testing/agent/agent_program.ts";

const REMAKE =
  "if this is meant: deno run -A scripts/golden.ts, and look at the difference";

Deno.test("from source, read and the records of our own devices are the golden ones", async () => {
  compare(await makeGolden("source"), await golden());
});

Deno.test("from the compiled program, read and the records of our own devices are the golden ones", async () => {
  await ensureBinary();
  compare(await makeGolden("binary"), await golden());
});

async function golden(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of ["read", "records"]) {
    for await (const { name } of Deno.readDir(`${ROOT}${GOLDEN}/${folder}`)) {
      const path = `${folder}/${name}`;
      found.set(path, await Deno.readTextFile(`${ROOT}${GOLDEN}/${path}`));
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
