/**
 * A process that appends numbered rows until it is killed, and says on stdout
 * which of them a flush has acknowledged.
 *
 * Arguments: the folder. Lines: `epoch E`, then `acked N` (seq 1..N of this
 * epoch are durable).
 *
 * @module
 */

import { FOREVER, mustOpen, optionsIn, rowsOf } from "./rows.ts";

/** A runaway ends by itself. */
const ROWS_MAX = 200_000;

const folder = Deno.args[0];
if (folder === undefined) throw new Error("the folder is missing");
const buffer = await mustOpen(optionsIn(folder, { flushIntervalMs: 20 }));
const { epoch } = buffer.opened;
say(`epoch ${epoch}`);
let size = 1;
for (let seq = 0; seq < ROWS_MAX; seq += size) {
  size = seq % 97 + 1;
  await buffer.append(rowsOf("a", epoch, seq + 1, seq + size, seq % 700), FOREVER);
  if (seq % 3 === 0) {
    await buffer.flush(FOREVER);
    say(`acked ${seq + size}`);
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
