/**
 * The buffer's worker with a simulated crash: it throws once the schema `die` is
 * requested.
 *
 * @module
 */

import "../../src/buffer/worker/worker.ts";

addEventListener("message", (event) => {
  if (event instanceof MessageEvent && event.data.fingerprint === "die") {
    setTimeout(() => {
      throw new Error("simulated worker crash");
    }, 0);
  }
});
