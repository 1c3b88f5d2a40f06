/**
 * Waits for two signals and prints the request of each.
 *
 * @module
 */

import { watchSignals } from "../../src/platform/signals.ts";

const keepAlive = setTimeout(() => Deno.exit(1), 10_000);
const watch = watchSignals();

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

watch.drain.addEventListener("abort", () => {
  print(`drain: ${watch.drain.reason.message}, force: ${watch.force.aborted}`);
});
watch.force.addEventListener("abort", () => {
  print(`force: ${watch.force.reason.message}`);
  watch.close();
  clearTimeout(keepAlive);
});
print("watching");
