/**
 * `deno task compile [TARGET…]`: one executable a target under `dist/`, for
 * trying things out. What is released comes from `scripts/build`.
 *
 * @module
 */

import { makeBinaries, TARGETS } from "./package/binary.ts";
import { ROOT } from "./package/run_tool.ts";
import { readSource } from "./package/source.ts";

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const wanted = TARGETS.filter((target) =>
  Deno.args.length === 0 || Deno.args.some((arg) => target.startsWith(arg))
);
if (wanted.length === 0) {
  say(`There is no target ${Deno.args.join(", ")}; there are ${TARGETS.join(", ")}`);
  Deno.exit(2);
}
for (const { path } of await makeBinaries(`${ROOT}dist`, wanted, await readSource())) {
  const { size } = await Deno.stat(path);
  say(`${path.slice(ROOT.length)}  ${(size / 1e6).toFixed(1)} MB`);
}
