/**
 * Waits for two signals and says what each asked for.
 *
 * @module
 */

import { watchSignals } from "../../src/platform/signals.ts";

const keepAlive = setTimeout(() => Deno.exit(1), 10_000);
const watch = watchSignals();

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

watch.drain.addEventListener("abort", () => {
  say(`drain: ${watch.drain.reason.message}, hurry: ${watch.hurry.aborted}`);
});
watch.hurry.addEventListener("abort", () => {
  say(`hurry: ${watch.hurry.reason.message}`);
  watch.close();
  clearTimeout(keepAlive);
});
say("watching");
