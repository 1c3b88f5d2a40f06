/**
 * `deno run -A scripts/package/pin_denort.ts`: downloads the `denort` of the LTS release
 * and prints the lines for `scripts/runtimes`. Compare the checksums with those of another
 * network or of a colleague before committing them.
 *
 * @module
 */

import { TARGETS } from "./binary.ts";
import { downloadDenort } from "./denort_release.ts";
import { sha256Of } from "./pinned_file.ts";
import { readPins } from "./runtime_pins.ts";

const { lts } = await readPins();
const folder = await Deno.makeTempDir({ prefix: "sunspec-denort-" });
try {
  for (const target of TARGETS) {
    const sum = await sha256Of(await downloadDenort(folder, target, lts.version));
    const [machine] = target.split("-");
    Deno.stdout.writeSync(
      new TextEncoder().encode(`LTS_DENORT_${machine}=${sum}\n`),
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
