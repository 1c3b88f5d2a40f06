/**
 * Fills the small file system given as argument, frees space, continues, and prints
 * the results as JSON.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createFilesUplink } from "../../src/uplink/files/files_uplink.ts";
import { readingRow, SCHEMAS } from "./readings.ts";
import { PROJECT_ROOT, PYTHON } from "../../src/testing/project_root.ts";

const [folder = ""] = Deno.args;
const signal = AbortSignal.timeout(30_000);
const ballast = `${folder}/ballast`;
await Deno.writeFile(ballast, new Uint8Array(100_000));
const uplink = createFilesUplink({
  folder,
  schema: (fingerprint) => Promise.resolve(SCHEMAS.get(fingerprint)),
}, SYSTEM_CLOCK);
let acknowledged = 0;
let failure = "";
while (failure === "") {
  const result = await uplink.send([readingRow(acknowledged, "t", 0, 9_000)], signal);
  if (result.ok) acknowledged++;
  else failure = result.failure.errorName;
}
await Deno.remove(ballast);
const again = await uplink.send([readingRow(acknowledged, "t", 0, 9_000)], signal);
await uplink.close();
const { stdout } = await new Deno.Command(PYTHON, {
  args: [`${PROJECT_ROOT}tests/uplink/read_files.py`, folder],
}).output();
const read = JSON.parse(new TextDecoder().decode(stdout)).t;
Deno.stdout.writeSync(new TextEncoder().encode(
  JSON.stringify({ failure, acknowledged, afterSpace: again.ok, read }),
));
