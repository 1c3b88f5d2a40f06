/**
 * A process that holds rows while the buffer's worker syncs a commit.
 *
 * Argument: the folder. Output: one line of JSON, {@linkcode HoldTimes}.
 *
 * @module
 */

import { FOREVER, mustOpen, optionsIn, rowsOf } from "../../src/testing/buffer/rows.ts";
import { pause } from "../../src/testing/pause.ts";

/** What was measured, in ms. */
export interface HoldTimes {
  readonly holdsMs: number;
  readonly flushMs: number;
  /** Rows that were held. */
  readonly rows: number;
}

const ROWS = 2_000;
const BATCH_ROWS = 100;

const [folder] = Deno.args;
if (folder === undefined) throw new Error("the folder is missing");
const buffer = await mustOpen(optionsIn(folder));
const { epoch } = buffer.opened;
await buffer.append(rowsOf("a", epoch, 1, ROWS), FOREVER);
await buffer.flush(FOREVER);
const query = { afterId: 0, countMax: ROWS, bytesMax: 1e7, hold: true };
const rows = await buffer.oldest(query, FOREVER);

await buffer.append(rowsOf("a", epoch, ROWS + 1, ROWS + 10), FOREVER);
const beganMs = performance.now();
const flushed = buffer.flush(FOREVER).then(() => performance.now() - beganMs);
await pause(100); // the sync has begun
const heldFromMs = performance.now();
let held = 0;
while (held < rows.length) {
  const result = await buffer.hold(rows.slice(held, held + BATCH_ROWS), FOREVER);
  if (result.kind === "evicted") throw new Error("rows were evicted");
  held += result.rows;
}
const times: HoldTimes = {
  holdsMs: performance.now() - heldFromMs,
  flushMs: await flushed,
  rows: held,
};
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(times)));
await buffer.close(FOREVER);
