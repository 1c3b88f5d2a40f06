/**
 * `deno run -A scripts/golden.ts`: makes the golden results anew from source.
 * Look at what changed before you commit it: each change is one that users see.
 *
 * @module
 */

import { GOLDEN, makeGolden } from "../src/testing/agent_golden.ts";

const ROOT = new URL("..", import.meta.url).pathname;

const made = await makeGolden("source");
for (const folder of ["read", "records"]) {
  const path = `${ROOT}${GOLDEN}/${folder}`;
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.mkdir(path, { recursive: true });
}
for (const [name, text] of made) {
  await Deno.writeTextFile(`${ROOT}${GOLDEN}/${name}`, text);
}
Deno.stdout.writeSync(new TextEncoder().encode(`${made.size} files in ${GOLDEN}\n`));
