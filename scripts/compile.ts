/**
 * `deno task compile [TARGET…]`: one executable per target in `dist/`, for local use.
 * Releases are built with `scripts/build`.
 *
 * @module
 */

import { makeBinaries, TARGETS } from "./package/binary.ts";
import { ROOT } from "./package/run_tool.ts";
import { readSource } from "./package/source.ts";

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const targets = TARGETS.filter((target) =>
  Deno.args.length === 0 || Deno.args.some((arg) => target.startsWith(arg))
);
if (targets.length === 0) {
  say(`Unknown target ${Deno.args.join(", ")}: expected one of ${TARGETS.join(", ")}`);
  Deno.exit(2);
}
for (
  const { path, deno } of await makeBinaries(`${ROOT}dist`, targets, await readSource())
) {
  const { size } = await Deno.stat(path);
  say(`${path.slice(ROOT.length)}  ${(size / 1e6).toFixed(1)} MB, Deno ${deno}`);
}
