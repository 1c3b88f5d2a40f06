/**
 * `scripts/build --out DIR`: builds executables, Debian packages and checksums.
 *
 * @module
 */

import { resolve } from "node:path";
import { makeBinaries, TARGETS } from "./binary.ts";
import { makeDeb } from "./debian.ts";
import { runTool } from "./run_tool.ts";
import { readSource } from "./source.ts";

const SUMS = "SHA256SUMS";

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

const [option, folder, ...rest] = Deno.args;
if (option !== "--out" || folder === undefined || rest.length > 0) {
  say("Usage: scripts/build --out DIR");
  Deno.exit(option === "--help" ? 0 : 2);
}
const out = resolve(folder);
const source = await readSource();
const binaries = await makeBinaries(out, TARGETS, source);
const debs = await Promise.all(binaries.map((binary) => makeDeb(out, binary, source)));

const names = [...binaries.map(({ path }) => path), ...debs]
  .map((path) => path.slice(out.length + 1)).sort();
const sums = await runTool("sha256sum", names, { cwd: out });
await Deno.writeTextFile(`${out}/${SUMS}`, sums);
for (const name of names) {
  const { size } = await Deno.stat(`${out}/${name}`);
  say(`${name}  ${(size / 1e6).toFixed(1)} MB`);
}
const [{ deno = "" } = {}] = binaries;
say(`${SUMS}  ${source.version}, commit ${source.commit ?? "unknown"}, Deno ${deno}`);
