/**
 * Sends rows one by one to the files uplink and prints the id of each acknowledged
 * row until it is killed. Arguments: FOLDER FIRST_ID
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { createFilesUplink } from "../../src/uplink/files/files_uplink.ts";
import { readingRow, SCHEMAS } from "./readings.ts";

const [folder = "", first = ""] = Deno.args;
const uplink = createFilesUplink({
  folder,
  schema: (fingerprint) => Promise.resolve(SCHEMAS.get(fingerprint)),
  rotateBytes: 50_000,
}, SYSTEM_CLOCK);
const signal = AbortSignal.timeout(60_000);
for (let id = Number(first);; id++) {
  const result = await uplink.send([readingRow(id, "t", 0, 3_000)], signal);
  if (!result.ok) throw new Error(result.failure.detail);
  Deno.stdout.writeSync(new TextEncoder().encode(`${id}\n`));
}
