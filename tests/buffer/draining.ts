/**
 * A process that delivers the rows of a buffer until it is killed, or for a given time.
 *
 * Arguments: the folder, and the time in ms. Output: a line `sent N T` for each batch:
 * N rows arrived at T (ms since the Unix epoch).
 *
 * @module
 */

import { SYSTEM_CLOCK, SYSTEM_RANDOM } from "../../src/platform/system_clock.ts";
import { FOREVER, mustOpen, optionsIn } from "../../src/testing/buffer/rows.ts";
import { pause } from "../../src/testing/pause.ts";
import { createPump } from "../../src/uplink/pump/pump.ts";

/** Duration of a send, in ms. */
const SEND_MS = 15;

const [folder, timeMs] = Deno.args;
if (folder === undefined) throw new Error("the folder is missing");
const buffer = await mustOpen(optionsIn(folder, { maxBytes: 2 ** 30 }));
const pump = createPump({
  ...{ buffer, clock: SYSTEM_CLOCK, random: SYSTEM_RANDOM, brokerAddress: null },
  uplink: {
    name: "memory",
    async send(rows) {
      print(`sent ${rows.length} ${Date.now()}`);
      await pause(SEND_MS);
      return { ok: true };
    },
    close: () => Promise.resolve(),
  },
});
const stop = new AbortController();
const running = pump.run(stop.signal).catch(() => {});
await pause(Number(timeMs));
stop.abort();
await running;
await buffer.close(FOREVER);

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
