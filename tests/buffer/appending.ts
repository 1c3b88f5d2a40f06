/**
 * A process that appends numbered rows until it is killed, and prints which of them
 * are flushed.
 *
 * Argument: the folder. Output lines: `epoch E`, then `acked N` (seq 1 to N of this
 * epoch are durable).
 *
 * @module
 */

import { FOREVER, mustOpen, optionsIn, rowsOf } from "../../src/testing/buffer/rows.ts";

/** The process ends after this many rows if it is not killed. */
const ROWS_MAX = 200_000;

const folder = Deno.args[0];
if (folder === undefined) throw new Error("the folder is missing");
const buffer = await mustOpen(optionsIn(folder, { flushIntervalMs: 20 }));
const { epoch } = buffer.opened;
print(`epoch ${epoch}`);
let size = 1;
for (let seq = 0; seq < ROWS_MAX; seq += size) {
  size = seq % 97 + 1;
  await buffer.append(rowsOf("a", epoch, seq + 1, seq + size, seq % 700), FOREVER);
  if (seq % 3 === 0) {
    await buffer.flush(FOREVER);
    print(`acked ${seq + size}`);
  }
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
