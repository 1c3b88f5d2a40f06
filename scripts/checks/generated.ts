/**
 * Exits with 1 if a generated file differs from the output of its generator.
 *
 * @module
 */

import { GENERATORS } from "../generate/generators.ts";

const faults: string[] = [];
for (const [name, generate] of GENERATORS) {
  for (const fault of await generate("check")) faults.push(`${name}: ${fault}`);
}
await Deno.stdout.write(new TextEncoder().encode(
  `${GENERATORS.length} generators checked, ${faults.length} faults\n${
    faults.map((fault) => `${fault}\n`).join("")
  }`,
));
if (faults.length > 0) {
  await Deno.stdout.write(new TextEncoder().encode("Run: deno task generate\n"));
  Deno.exit(1);
}
