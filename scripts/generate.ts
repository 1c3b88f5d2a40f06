/**
 * `deno task generate`: writes all generated files.
 *
 * @module
 */

import { GENERATORS } from "./generate/generators.ts";

for (const [name, generate] of GENERATORS) {
  const faults = await generate("write");
  Deno.stdout.writeSync(
    new TextEncoder().encode(
      faults.length === 0 ? `${name}: written\n` : `${name}:\n${faults.join("\n")}\n`,
    ),
  );
  if (faults.length > 0) Deno.exit(1);
}
