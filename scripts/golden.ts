/**
 * `deno run -A scripts/golden.ts`: writes the golden results from source. Review the
 * differences before committing: each is a change that users see.
 *
 * @module
 */

import { GOLDEN_FOLDER, makeGoldenFiles } from "../src/testing/agent_golden.ts";

const ROOT = new URL("..", import.meta.url).pathname;

const files = await makeGoldenFiles("source");
for (const folder of ["read", "records"]) {
  const path = `${ROOT}${GOLDEN_FOLDER}/${folder}`;
  await Deno.remove(path, { recursive: true }).catch(() => {});
  await Deno.mkdir(path, { recursive: true });
}
for (const [name, text] of files) {
  await Deno.writeTextFile(`${ROOT}${GOLDEN_FOLDER}/${name}`, text);
}
Deno.stdout.writeSync(
  new TextEncoder().encode(`${files.size} files in ${GOLDEN_FOLDER}\n`),
);
